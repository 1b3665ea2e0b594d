import { markdownTable } from '../support/markdown-table.js';
import { FAULTS } from './catalogue.js';
import type { FaultRow } from './fault.js';

export interface FaultResult extends FaultRow {
  readonly passed: boolean;
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** docs/reliability.md of one run: what was injected, what dbctl did, and which faults nothing was done about. */
export function reliabilityPage(results: readonly FaultResult[]): string {
  const sorted = [...results].sort((a, b) => a.fault - b.fault || a.injected.localeCompare(b.injected, 'en'));
  const rows = sorted.map(({ fault, injected, outcome, passed }) => [
    String(fault),
    FAULTS[fault - 1] ?? '',
    cell(injected),
    cell(outcome),
    passed ? 'pass' : 'FAIL',
  ]);
  const covered = new Set(results.map(({ fault }) => fault));
  const open = FAULTS.flatMap((name, index) => (covered.has(index + 1) ? [] : [`- ${index + 1}. ${name}`]));
  return [
    '# What happens when something goes wrong',
    '',
    'Made by `npm run test:faults`: every row was brought about by real means against a real Nomad, Vault and PostgreSQL,',
    'and checked. Which boundary dbctl was killed at, and what became of it, is in [crash-matrix.md](crash-matrix.md).',
    '',
    ...markdownTable([['#', 'fault', 'injected', 'what dbctl did', ''], ...rows]),
    '',
    '## Not covered',
    '',
    ...(open.length > 0 ? open : ['Nothing of the catalogue.']),
    '',
  ].join('\n');
}
