import type { OffsiteReceipt } from '../report/backup-catalog.js';
import type { BackupAllReport, BackupAllRow, BackupReport, MadeSet } from '../report/backup-report.js';
import type { DeploySharedReport } from '../report/deploy-report.js';
import { errorText } from './error-text.js';
import { paint, type Style, symbols } from './style.js';
import { bytes, duration, field, grouped, plural, safe, table, widthOf, wrap } from './text.js';

const PAD = 9;

/** What was backed up, set by set; then where copies are, what retention took, what went wrong. */
export const backupText = (report: BackupReport, style: Style): string =>
  [
    headline(report, style),
    ...report.sets.map((set) => setText(set, style)),
    ...removedText(report, style),
    ...report.notes.map((note) => `note  ${wrap(safe(note), widthOf(style), 6)}`),
    ...(report.error ? [errorText(report.error, style)] : []),
    `Next  dbctl backups ${safe(report.service)}`,
  ].join('\n\n');

const headline = (report: BackupReport, style: Style): string => {
  const colour = paint(style);
  const word = report.status === 'ok' ? `${colour.green('ok')}  ` : colour.red('fail');
  const where = report.on === 'dedicated' ? 'from its own database' : 'from the shared instance';
  const took = colour.dim(`took ${duration(report.seconds)}`);
  return `${word}  ${safe(report.service)}: ${plural(report.sets.length, 'backup')} made ${where}   ${took}`;
};

const setText = (set: MadeSet, style: Style): string => {
  const options = { width: widthOf(style), pad: PAD, show: paint(style).dim };
  const line = (label: string, text: string): string => field(label, safe(text), options);
  return [
    line('set', `${set.id}${set.pinned ? ', pinned' : ''}`),
    ...set.databases.map((one, index) => line(index === 0 ? 'databases' : '', databaseText(one))),
    line('files', `${grouped(set.files)}, ${bytes(set.bytes)}`),
    line('manifest', `sha256 ${set.manifestSha256}`),
    ...copiesText(set).map((text, index) => line(index === 0 ? 'off-site' : '', text)),
  ].join('\n');
};

const databaseText = (one: MadeSet['databases'][number]): string =>
  `${one.database}: ${plural(one.tables, 'table')}, ${plural(one.rows, 'row')}, ${bytes(one.sizeBytes)} on the server, ${bytes(one.bytes)} dumped`;

const copiesText = ({ receipts }: MadeSet): string[] => (receipts.length === 0 ? ['no copy'] : receipts.map(copyText));

export const copyText = ({ target, verified, encrypted, prefix }: OffsiteReceipt): string => {
  const read = verified ? 'read back and equal' : 'sent, may not be read back';
  return `${target}: ${read}${encrypted ? ', encrypted' : ''}, ${prefix}`;
};

const removedText = ({ removed }: BackupReport, style: Style): string[] =>
  removed.length === 0
    ? []
    : [field('removed', removed.map(safe).join(', '), { width: widthOf(style), pad: PAD, show: paint(style).dim })];

/** One table, then what went wrong in each. */
export const backupAllText = (report: BackupAllReport, style: Style): string =>
  [
    allHeadline(report, style),
    ...(report.rows.length === 0 ? [] : [allRows(report, style)]),
    ...notesOf(report, style),
    ...report.rows.flatMap((row) =>
      row.error ? [`${paint(style).bold(safe(row.service))}\n${errorText(row.error, style)}`] : [],
    ),
    'Next  dbctl backups',
  ].join('\n\n');

const allHeadline = ({ status, rows, seconds }: BackupAllReport, style: Style): string => {
  const colour = paint(style);
  const done = rows.filter((row) => row.status === 'ok').length;
  const word = status === 'ok' ? `${colour.green('ok')}  ` : colour.red('fail');
  return `${word}  ${plural(done, 'service')} of ${grouped(rows.length)} backed up   ${colour.dim(`took ${duration(seconds)}`)}`;
};

const allRows = ({ rows }: BackupAllReport, style: Style): string => {
  const colour = paint(style);
  const { dash } = symbols(style);
  const or = (value: number, show: (value: number) => string): string => (value === 0 ? colour.dim(dash) : show(value));
  const head = ['service', '', 'where', 'took', 'rows', 'size', 'off-site'].map((text) => colour.dim(text));
  const lines = rows.map((row) => [
    safe(row.service),
    wordOf(row, style),
    row.on === 'dedicated' ? 'own' : 'shared',
    or(row.seconds, duration),
    row.sets === 0 ? colour.dim(dash) : grouped(row.rows),
    or(row.bytes, bytes),
    or(row.copies, grouped),
  ]);
  return table([head, ...lines], [false, false, false, true, true, true, true]);
};

const wordOf = ({ status, sets }: BackupAllRow, style: Style): string => {
  const colour = paint(style);
  if (status === 'ok') return colour.green('backed up');
  return sets > 0 ? colour.yellow('in part') : colour.red('failed');
};

const notesOf = ({ reports }: BackupAllReport, style: Style): string[] => {
  const lines = reports.flatMap(({ service, notes }) =>
    notes.map((note) => `note  ${wrap(safe(`${service}: ${note}`), widthOf(style), 6)}`),
  );
  return lines.length === 0 ? [] : [lines.join('\n')];
};

export const deploySharedText = (report: DeploySharedReport, style: Style): string => {
  const colour = paint(style);
  const options = { width: widthOf(style), pad: PAD, show: colour.dim };
  const line = (label: string, text: string): string => field(label, safe(text), options);
  const done = report.status === 'unchanged' ? 'runs already' : 'runs now';
  return [
    `${colour.green('ok')}    job ${safe(report.job)} ${done}`,
    [
      line('jobspec', report.jobspec),
      line('volume', `${report.volume}${report.made.length > 0 ? ', made now' : ''}`),
      line('schedule', report.schedule),
      line('programs', report.programs),
    ].join('\n'),
    ...report.notes.map((note) => `note  ${wrap(safe(note), widthOf(style), 6)}`),
    'Next  dbctl backup-all',
  ].join('\n\n');
};
