import type { Round } from './run-round.js';

export interface SoakResult {
  readonly rounds: readonly Round[];
  /** Of the app's writing loop in the database, at the end. */
  readonly rows: number;
  /** Bytes on the volumes after the first and after the last round: what rounds leave behind. */
  readonly disk: { readonly first: number; readonly last: number };
  readonly minutes: number;
}

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.ceil((sorted.length - 1) / 2)]];
  return ((low ?? 0) + (high ?? 0)) / 2;
};

const spread = (name: string, values: readonly number[]): string => {
  const figures = [Math.min(...values), median(values), Math.max(...values)];
  return `| ${name.padEnd(22)} | ${figures.map((value) => value.toFixed(1).padStart(6)).join(' | ')} |`;
};

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);

/** docs/soak.md of one soak. */
export function soakPage({ rounds, rows, disk, minutes }: SoakResult): string {
  const last = rounds.at(-1);
  const sum = (of: (round: Round) => number): number => rounds.reduce((total, round) => Math.max(total, of(round)), 0);
  return [
    '# Soak',
    '',
    `Made by \`npm run soak\`: one app under load, ${rounds.length} rounds of \`dbctl migrate\` and \`dbctl rollback\`, ${minutes.toFixed(1)} minutes,`,
    `${rows} rows of the app at the end. After each round every acknowledged write of the app's own ledger is looked for.`,
    '',
    `Acknowledged ${last?.acknowledged ?? 0} · lost ${sum(({ lost }) => lost)} · doubled ${sum(({ doubled }) => doubled)} · never announced ${sum(({ strangers }) => strangers)}`,
    '',
    `On the volumes (dumps, and data directories that a rollback put aside until finalize): ${megabytes(disk.first)} MB after the first round, ${megabytes(disk.last)} MB after the last.`,
    '',
    '| seconds                |    min | median |    max |',
    '| ---------------------- | -----: | -----: | -----: |',
    spread(
      'downtime, there',
      rounds.map(({ there }) => there.downtime),
    ),
    spread(
      'downtime, back',
      rounds.map(({ back }) => back.downtime),
    ),
    spread(
      'whole command, there',
      rounds.map(({ there }) => there.seconds),
    ),
    spread(
      'whole command, back',
      rounds.map(({ back }) => back.seconds),
    ),
    '',
  ].join('\n');
}
