import { versionText } from '../plan/image.js';
import type { Reason, SharedStatus, StatusReport, StatusRow } from '../report/status-report.js';
import { paint, type Style, symbols } from './style.js';
import { age, bytes, grouped, plural, safe, table, widthOf, wrap } from './text.js';

/** One line per service, the shared instance in one, then what is to do. */
export const statusText = (report: StatusReport, style: Style): string =>
  [
    headline(report, style),
    ...(report.services.length === 0 ? [] : [rowsText(report.services, style)]),
    sharedText(report.shared, style),
    ...todo(report.services, style),
  ].join('\n\n');

const headline = ({ services, status }: StatusReport, style: Style): string => {
  const good = services.filter(({ state }) => state === 'ok').length;
  if (services.length === 0) return `${stateWord('ok', style)}    the inventory has no service`;
  return `${stateWord(status, style).padEnd(4)}  ${grouped(good)} of ${plural(services.length, 'service')} as they should be`;
};

interface Column {
  readonly name: string;
  readonly right: boolean;
  /** Left to the page of one service where the screen is narrow. */
  readonly wide?: true;
}

const COLUMNS: readonly Column[] = [
  { name: 'service', right: false },
  { name: 'where', right: false },
  { name: 'pg', right: true, wide: true },
  { name: 'size', right: true },
  { name: 'sess', right: true, wide: true },
  { name: 'backup', right: true },
  { name: '', right: false },
  { name: 'target', right: true, wide: true },
  { name: 'drill', right: true },
  { name: '', right: false },
  { name: 'state', right: false },
];

/** Below this width not all columns fit. */
const WIDE = 100;

const rowsText = (rows: readonly StatusRow[], style: Style): string => {
  const isWide = style.columns === 0 || style.columns >= WIDE;
  const kept = COLUMNS.flatMap(({ wide }, at) => (isWide || !wide ? [at] : []));
  const names = COLUMNS.map(({ name }) => paint(style).dim(name));
  const lines = [names, ...rows.map((row) => cells(row, style))];
  return table(
    lines.map((cells) => kept.map((at) => cells[at] ?? '')),
    kept.map((at) => COLUMNS[at]?.right ?? false),
  );
};

const cells = (row: StatusRow, style: Style): string[] => {
  const colour = paint(style);
  const none = colour.dim(symbols(style).dash);
  const { backup, drill } = row;
  return [
    colour.bold(safe(row.service)),
    safe(whereText(row)),
    row.version === null ? none : versionText(row.version),
    row.bytes === null ? none : bytes(row.bytes),
    row.sessions === null ? none : grouped(row.sessions),
    backup?.age == null ? colour.dim(backup === null ? symbols(style).dash : 'none') : age(backup.age),
    backup === null ? '' : goodOrBad(backup.state === 'ok', backup.state, style),
    backup === null ? none : age(backup.maxAge),
    drill === null ? colour.dim(row.where.on === 'dedicated' ? 'never' : symbols(style).dash) : age(drill.age),
    drill === null ? '' : goodOrBad(drill.status === 'ok', drill.status, style),
    stateWord(row.state, style),
  ];
};

const goodOrBad = (good: boolean, word: string, style: Style): string =>
  good ? paint(style).green('ok') : paint(style).yellow(safe(word));

export const whereText = ({ where }: StatusRow): string => {
  switch (where.on) {
    case 'dedicated':
      return where.address === null ? 'own' : `own ${portOf(where.address)}`;
    case 'shared':
      return 'shared';
    case 'between':
      return 'between';
    case 'unknown':
      return 'unknown';
  }
};

/** `127.0.0.1:5433` → `:5433`; another form of address is left out of the table. */
const portOf = (address: string): string => /:\d+$/.exec(address)?.[0] ?? '';

export const stateWord = (state: StatusRow['state'] | Reason['level'], style: Style): string => {
  const colour = paint(style);
  const words = {
    ok: colour.green('ok'),
    warn: colour.yellow('warn'),
    fail: colour.red('fail'),
    note: colour.dim('note'),
  };
  return words[state];
};

const SHOWN_ORPHANS = 6;

const sharedText = (shared: SharedStatus, style: Style): string => {
  const name = `Shared server ${safe(shared.job)}`;
  if (shared.state === 'gone') return `${name}: ${safe(shared.why ?? 'gone')}`;
  if (shared.state === 'unreadable')
    return `${name}: ${wrap(`cannot be read: ${safe(shared.why ?? '')}`, widthOf(style), 2)}`;
  const parts = [
    `PostgreSQL ${versionText(shared.version ?? 0)}`,
    `${grouped(shared.sessions ?? 0)} of ${plural(shared.maxConnections ?? 0, 'session')}`,
    `${plural(shared.used.length, 'database')} left`,
    ...(shared.keptAside.length === 0 ? [] : [`${grouped(shared.keptAside.length)} kept for a way back`]),
    ...(shared.orphans.length === 0 ? [] : [plural(shared.orphans.length, 'orphan')]),
  ];
  const lines = shared.orphans.slice(0, SHOWN_ORPHANS).map((one) => `  orphan  ${orphanText(one)}`);
  const more = shared.orphans.length - SHOWN_ORPHANS;
  return [
    wrap(`${name}: ${parts.join(', ')}`, widthOf(style), 2),
    ...lines,
    ...(more > 0 ? [`  and ${more} more`] : []),
  ].join('\n');
};

const orphanText = (one: SharedStatus['orphans'][number]): string => {
  const since = one.since === null ? '' : ` since ${one.since.slice(0, 10)}`;
  const used =
    one.sessionsSeen === null
      ? plural(one.sessions, 'session')
      : `${plural(one.sessions, 'session')} now, ${grouped(one.sessionsSeen)}${since}`;
  return `${safe(one.name)} (${bytes(one.bytes)}, ${one.open ? used : 'closed'})`;
};

const todo = (rows: readonly StatusRow[], style: Style): string[] => {
  const lines = rows.flatMap((row) =>
    row.reasons.filter(({ level }) => level !== 'note').map((reason) => reasonText(row.service, reason, style)),
  );
  return lines.length === 0 ? [] : [lines.join('\n')];
};

/** Level, code and words, the command below. */
export const reasonText = (service: string | null, { level, code, text, next }: Reason, style: Style): string => {
  const colour = paint(style);
  const who = service === null ? '' : `${safe(service)}: `;
  const said = wrap(`${who}${safe(text)}`, widthOf(style), 8);
  const tail = next === null ? '' : `\n        ${symbols(style).arrow} ${safe(next)}`;
  return `  ${stateWord(level, style)}  ${said}  ${colour.dim(code)}${tail}`;
};
