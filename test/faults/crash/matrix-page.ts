import { markdownTable } from '../../support/markdown-table.js';
import type { Outcome } from './chain.js';
import type { Mode } from './killer.js';

/** One verb's rows in the order of its run, and what became of each kill. */
export interface MatrixPart {
  readonly title: string;
  readonly outcomes: readonly Outcome[];
  /** Of the runs in which those kills were: whether each ended as an undisturbed one does. */
  readonly ends: string;
}

const MODES: readonly Mode[] = ['before', 'inside', 'after'];

/** docs/crash-matrix.md of one run of the whole matrix. */
export function matrixPage(parts: readonly MatrixPart[]): string {
  return [
    '# Killed anywhere, resumed, and the same in the end',
    '',
    'Made by `npm run test:faults -- --all` against a real Nomad, Vault and PostgreSQL. A proxy before Nomad and one before Vault',
    'know the step by the journal, which passes there, and dbctl gets `kill -9`:',
    '',
    '- **before**: the first effect of the step reaches the proxy; the server never hears of it.',
    '- **inside**: the server has done it, or the command in the task has answered; dbctl never hears. Once for every effect.',
    '- **after**: the effects are done, the journal never hears that the step is.',
    '',
    'Then the command is given again with `--resume`, every second time from a machine that has none of the run’s files. A cell says how',
    'long it took from there until the journal had the step as done (inside: the slowest). Several kills are in one run, one after',
    'another; at its end roles, rights, databases, data, secrets, job and files are compared with those of an undisturbed run.',
    '',
    ...parts.flatMap(({ title, outcomes, ends }) => [
      `## ${title}`,
      '',
      ...markdownTable(rowsOf(outcomes)),
      '',
      ends,
      '',
    ]),
  ].join('\n');
}

function rowsOf(outcomes: readonly Outcome[]): string[][] {
  const names = [...new Set(outcomes.map(({ row }) => row))];
  const rows = names.map((name) => [
    name,
    ...MODES.map((mode) => cell(outcomes.filter((one) => one.row === name && one.mode === mode))),
  ]);
  return [['step', ...MODES], ...rows];
}

function cell(outcomes: readonly Outcome[]): string {
  if (outcomes.length === 0) return '–';
  const good = outcomes.filter(({ ok }) => ok).length;
  const slowest = Math.max(...outcomes.map(({ seconds }) => seconds)).toFixed(1);
  const of = outcomes.length > 1 || outcomes[0]?.mode === 'inside' ? `, ${good} of ${outcomes.length}` : '';
  return `${good === outcomes.length ? 'ok' : 'FAILED'}${of}, ${slowest} s`;
}
