import type {
  BackupSetsReport,
  BackupState,
  BackupsChangeReport,
  BackupsReport,
  BackupsRow,
  ServiceSets,
} from '../report/backups-report.js';
import { sparkline } from './sparkline.js';
import { type Paint, paint, type Style, symbols } from './style.js';
import { age, bytes, duration, grouped, plural, safe, table, widthOf, wrap } from './text.js';

/** Below this width the trend and the next run are left to the page of one service. */
const WIDE = 100;
const TREND = 8;

/** One table for all, then a line for each that is not as it should be. */
export const backupsText = (report: BackupsReport, style: Style): string =>
  [
    headline(report, style),
    ...(report.rows.length === 0 ? [] : [rowsText(report, style)]),
    ...whys(report.rows, style),
  ].join('\n\n');

const headline = ({ rows, status }: BackupsReport, style: Style): string => {
  const colour = paint(style);
  if (rows.length === 0) return `${colour.green('ok')}    nothing is to be backed up`;
  const good = rows.filter(({ state }) => state === 'ok').length;
  const word = status === 'ok' ? `${colour.green('ok')}  ` : colour.yellow('warn');
  return `${word}  ${grouped(good)} of ${plural(rows.length, 'database')} backed up as they should be`;
};

const isWide = (style: Style): boolean => style.columns === 0 || style.columns >= WIDE;

const rowsText = ({ rows, at }: BackupsReport, style: Style): string => {
  const colour = paint(style);
  const wide = isWide(style);
  const names = ['service', '', 'newest', 'sets', 'off-site', 'pinned', 'size', ...(wide ? ['trend', 'next'] : [])];
  const lines = rows.map((row) => [
    safe(row.service),
    stateWord(row.state, colour),
    newestText(row, style),
    ...[row.sets, row.offsite, row.pinned].map((count) => countText(count, style)),
    row.newest === null ? dash(style) : bytes(row.newest.bytes),
    ...(wide ? [sparkline(row.sizes.slice(-TREND), style), nextText(row, at, style)] : []),
  ]);
  return table(
    [names.map((text) => colour.dim(text)), ...lines],
    [false, false, true, true, true, true, true, false, true],
  );
};

const dash = (style: Style): string => paint(style).dim(symbols(style).dash);

const countText = (count: number, style: Style): string => (count === 0 ? dash(style) : grouped(count));

const newestText = ({ newest, state }: BackupsRow, style: Style): string => {
  if (newest === null) return dash(style);
  const text = age(newest.age);
  return state === 'late' ? paint(style).red(text) : text;
};

const nextText = ({ next }: BackupsRow, at: string, style: Style): string =>
  next === null ? dash(style) : `in ${age((Date.parse(next) - Date.parse(at)) / 1000)}`;

const stateWord = (state: BackupState, colour: Paint): string => {
  const shown: Record<BackupState, string> = {
    ok: colour.green('ok'),
    late: colour.red('late'),
    failed: colour.red('failed'),
    never: colour.red('never'),
    unseen: colour.yellow('unseen'),
  };
  return shown[state];
};

const whys = (rows: readonly BackupsRow[], style: Style): string[] => {
  const lines = rows.flatMap((row) => whyText(row, style));
  return lines.length === 0 ? [] : [lines.join('\n')];
};

const whyText = (row: BackupsRow, style: Style): string[] => {
  const late =
    row.state === 'late' ? [`newest is ${age(row.newest?.age ?? 0)} old, at most ${age(row.maxAge)} are wanted`] : [];
  const said = [...new Set([...late, row.why, row.problem])].filter((text) => text !== null);
  return said.map((text) => {
    const word = row.state === 'ok' ? paint(style).dim('note') : paint(style).yellow('warn');
    return `  ${word}  ${wrap(safe(`${row.service}: ${text}`), widthOf(style), 8)}`;
  });
};

/** A row per set, newest first. */
export const backupSetsText = (report: BackupSetsReport, style: Style): string =>
  report.catalogs.map((one) => serviceText(one, report.at, style)).join('\n\n');

const serviceText = ({ row, sets, failures }: ServiceSets, at: string, style: Style): string => {
  const colour = paint(style);
  const next =
    row.next === null ? 'nothing is scheduled' : `next in ${age((Date.parse(row.next) - Date.parse(at)) / 1000)}`;
  const head = `${stateWord(row.state, colour)}  ${safe(row.service)}: ${plural(sets.length, 'backup')}, ${next}`;
  const failed = failures.map(
    (one) =>
      `  ${colour.yellow('warn')}  ${wrap(safe(`${one.at} ${one.kind}: ${one.error ?? one.status}`), widthOf(style), 8)}`,
  );
  return [
    head,
    ...(sets.length === 0 ? [] : [setsTable(sets, style)]),
    ...drillLine(row, at, style),
    ...whys([row], style),
    ...(failed.length === 0 ? [] : [`${colour.bold('Attempts that failed')}\n${failed.join('\n')}`]),
  ].join('\n\n');
};

const drillLine = ({ drill }: BackupsRow, at: string, style: Style): string[] => {
  if (drill === null) return [];
  const took = typeof drill.rtoSeconds === 'number' ? `, restored in ${duration(drill.rtoSeconds)}` : '';
  const what = [drill.status, ...(drill.codes ?? [])].join(' ');
  const ago = age((Date.parse(at) - Date.parse(drill.at)) / 1000);
  return [`${paint(style).dim('drill')}  ${safe(what)}, ${ago} ago${took}`];
};

const setsTable = (sets: ServiceSets['sets'], style: Style): string => {
  const colour = paint(style);
  const head = ['backup', 'kind', 'age', 'rows', 'size', 'off-site', ''].map((text) => colour.dim(text));
  const lines = sets.map((set) => [
    safe(set.id),
    set.kind,
    age(set.age),
    grouped(set.rows),
    bytes(set.bytes),
    set.receipts.length === 0 ? dash(style) : safe(set.receipts.map(copyWord).join(', ')),
    set.pinned ? 'pinned' : '',
  ]);
  return table([head, ...lines], [false, false, true, true, true, false, false]);
};

/** A copy that could not be read back is not as good as one that was. */
const copyWord = ({ target, verified }: ServiceSets['sets'][number]['receipts'][number]): string =>
  verified ? target : `${target} (unread)`;

const CHANGED: Readonly<Record<BackupsChangeReport['verb'], string>> = {
  pin: 'is kept for good',
  unpin: 'is left to retention',
  prune: 'would be removed',
};

export const backupsChangeText = (
  { service, verb, status, ids, folders = [] }: BackupsChangeReport,
  style: Style,
): string => {
  const colour = paint(style);
  const old = folders.map((path) => `${colour.green('ok')}  ${safe(path)} would go: no job and no backup names it`);
  if (ids.length === 0 && old.length > 0) return old.join('\n');
  if (ids.length === 0) return `${colour.green('ok')}  ${safe(service)}: retention would remove nothing`;
  const already = status === 'nothing-to-do' ? ' already' : '';
  const sets = ids.map((id) => `${colour.green('ok')}  ${safe(service)}: ${safe(id)} ${CHANGED[verb]}${already}`);
  return [...sets, ...old].join('\n');
};
