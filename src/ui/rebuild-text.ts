import type { RebuildReport, RebuildRow } from '../report/rebuild-report.js';
import { errorText } from './error-text.js';
import { paint, type Style, symbols } from './style.js';
import { bytes, duration, grouped, plural, safe, table, widthOf, wrap } from './text.js';

/** One table: which copies there are, and what came of them; below what went wrong. */
export const rebuildText = (report: RebuildReport, style: Style): string =>
  [
    headline(report, style),
    rowsText(report.rows, style),
    ...notesOf(report, style),
    ...report.rows.flatMap((row) =>
      row.error ? [`${paint(style).bold(safe(row.service))}\n${errorText(row.error, style)}`] : [],
    ),
    ...nextOf(report, style),
  ]
    .filter((block) => block !== '')
    .join('\n\n');

const headline = ({ status, rows, seconds, lookSeconds }: RebuildReport, style: Style): string => {
  const colour = paint(style);
  const count = (word: RebuildRow['status']): number => rows.filter((row) => row.status === word).length;
  if (status === 'planned')
    return `${colour.cyan('rebuild')}  ${plural(count('ready'), 'service')} of ${rows.length} can be made from copies elsewhere   ${colour.dim(`looked for ${duration(lookSeconds)}`)}`;
  const word = status === 'ok' ? colour.green('ok  ') : colour.red('fail');
  const made = count('ok');
  const what =
    made === 0 && status === 'ok' ? 'nothing to do' : `${plural(made, 'service')} of ${rows.length} made again`;
  return `${word}  ${what}   ${colour.dim(`took ${duration(seconds)}`)}`;
};

const rowsText = (rows: readonly RebuildRow[], style: Style): string => {
  const colour = paint(style);
  const { dash } = symbols(style);
  const head = ['service', '', 'copy', 'from', 'as of', 'age', 'size', 'rows', 'took'].map((text) => colour.dim(text));
  const lines = rows.map((row) => {
    const { copy } = row;
    return [
      safe(row.service),
      statusWord(row, style),
      safe(copy?.id ?? dash),
      safe(copy?.target ?? dash),
      safe(copy?.started ?? copy?.finished ?? dash),
      copy === null ? dash : duration(copy.ageSeconds),
      copy === null ? dash : bytes(copy.bytes),
      row.rows === null ? dash : grouped(row.rows),
      row.seconds === 0 ? dash : duration(row.seconds),
    ];
  });
  return table([head, ...lines], [false, false, false, false, false, true, true, true, true]);
};

const statusWord = ({ status, equal }: RebuildRow, style: Style): string => {
  const colour = paint(style);
  const words: Record<RebuildRow['status'], string> = {
    ready: colour.cyan('can be made'),
    ok: colour.green(equal === true ? 'made, equal' : 'made'),
    'nothing-to-do': colour.green('is made'),
    there: colour.yellow('lives, left alone'),
    blocked: colour.red('blocked'),
    undone: colour.red('taken back'),
    failed: colour.red('failed'),
  };
  return words[status];
};

const notesOf = ({ rows, reports }: RebuildReport, style: Style): string[] => {
  const notes = [
    ...rows.flatMap(({ service, copy, why }) => [
      ...(why === null ? [] : [`${service}: ${why}`]),
      ...(copy?.passed ?? []).map((text) => `${service}: a newer copy is passed over: ${text}`),
    ]),
    ...reports.flatMap(({ service, notes: own }) => own.map((note) => `${service}: ${note}`)),
    ...reports.flatMap(({ service, next }) => next.map((text) => `${service}: next ${text}`)),
  ];
  return notes.length === 0 ? [] : [notes.map((note) => `note  ${wrap(safe(note), widthOf(style), 6)}`).join('\n')];
};

const nextOf = ({ status, rows }: RebuildReport, style: Style): string[] =>
  status === 'ok' && rows.some((row) => row.status === 'ok')
    ? [`${paint(style).bold('Next')}  dbctl status; dbctl backup-all`]
    : [];
