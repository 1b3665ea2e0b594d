import { markdownTable } from '../support/markdown-table.js';
import { FAULTS } from './catalogue.js';
import type { FaultRow } from './fault.js';

export interface FaultResult extends FaultRow {
  readonly passed: boolean;
}

/** The rows of a page as it stands, so that a part that was run again replaces its own. */
export const rowsOfPage = (page: string): FaultResult[] =>
  page.split('\n').flatMap((line) => {
    const [, number = '', , injected = '', outcome = '', end] = line.split(/(?<!\\)\|/).map((text) => text.trim());
    if (!/^\d+$/.test(number)) return [];
    const text = (escaped: string): string => escaped.replaceAll('\\|', '|');
    return [{ fault: Number(number), injected: text(injected), outcome: text(outcome), passed: end === 'pass' }];
  });

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
    'Made by `UPDATE=1 npm run test:faults` (files that are run alone replace their own rows): every row was brought about by real means against a real Nomad, Vault and PostgreSQL,',
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
