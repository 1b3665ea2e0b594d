import { versionText } from '../plan/image.js';
import type { ServiceStatusReport, UndoStatus } from '../report/status-report.js';
import { sparkline } from './sparkline.js';
import { reasonText, stateWord } from './status-text.js';
import { paint, type Style, symbols } from './style.js';
import { age, bytes, duration, field, grouped, plural, safe, table, widthOf } from './text.js';

const PAD = 9;
const SHOWN_SETS = 5;
const SHOWN_DRILLS = 24;

/** All of one service on one page. */
export const serviceStatusText = (report: ServiceStatusReport, style: Style): string =>
  [headline(report, style), facts(report, style), ...setsText(report, style), ...reasons(report, style)].join('\n\n');

const headline = ({ row }: ServiceStatusReport, style: Style): string =>
  `${stateWord(row.state, style)}  ${paint(style).bold(safe(row.service))}   ${paint(style).dim(placeText(row))}`;

const placeText = ({ where }: ServiceStatusReport['row']): string => {
  switch (where.on) {
    case 'dedicated':
      return 'a database of its own';
    case 'shared':
      return 'on the shared instance';
    case 'between':
      return 'between the two: a run is unfinished';
    case 'unknown':
      return 'its journal cannot be read';
  }
};

const facts = (report: ServiceStatusReport, style: Style): string => {
  const options = { width: widthOf(style), pad: PAD, show: paint(style).dim };
  return [
    ...serverLines(report),
    ...databaseLines(report),
    ...report.volumes.map(({ holds, kind, name }) => [holds, `volume ${name} (${kind})`]),
    ...journalLines(report),
    ...(report.undo === null ? [] : undoLines(report.undo, report.at)),
    ...backupLines(report),
    ...drillLines(report, style),
  ]
    .map(([label = '', text = '']) => field(label, safe(text), options))
    .join('\n');
};

const ageOf = (instant: string, at: string): number =>
  Math.max(0, Math.round((Date.parse(at) - Date.parse(instant)) / 1000));

const serverLines = ({ server, at }: ServiceStatusReport): string[][] => {
  if (server === null) return [['server', 'does not answer, or is not asked while a run is unfinished']];
  const { job, address, version, started, sessions, maxConnections } = server;
  const up = started === '' ? '' : `, up for ${age(ageOf(started, at))}`;
  return [
    ['server', `PostgreSQL ${versionText(version)} in job ${job}${up}`],
    ...(address === null ? [] : [['address', address]]),
    ['sessions', `${grouped(sessions)} of ${grouped(maxConnections)}`],
  ];
};

const databaseLines = ({ databases }: ServiceStatusReport): string[][] =>
  databases.map(({ name, bytes: size, sessions }, index) => [
    index === 0 ? 'database' : '',
    `${name}, ${bytes(size)}, ${plural(sessions, 'session')}`,
  ]);

const journalLines = ({ journal, at }: ServiceStatusReport): string[][] => {
  if (journal === null) return [['journal', 'none: dbctl has not moved or made it']];
  const restored = journal.restore === null ? '' : `; newest restore: ${journal.restore}`;
  return [
    ['journal', `${journal.phase}, run ${journal.run}, begun ${age(ageOf(journal.startedAt, at))} ago${restored}`],
  ];
};

const undoLines = ({ command, kept, finalizeFrom, proof }: UndoStatus, at: string): string[][] => [
  ['way back', `${command}${kept.length === 0 ? '' : `; kept closed: ${kept.join(', ')}`}`],
  [
    '',
    proof === null
      ? 'not proven since the move: dbctl rollback --prove'
      : `proven ${age(ageOf(proof.at, at))} ago in ${duration(proof.seconds)}, ${plural(proof.rows, 'row')}`,
  ],
  ...(finalizeFrom === null ? [] : [['', soakText(finalizeFrom, at)]]),
];

const soakText = (from: string, at: string): string => {
  const left = Math.round((Date.parse(from) - Date.parse(at)) / 1000);
  return left > 0 ? `finalize is possible in ${age(left)}, from ${from.slice(0, 16)}Z` : 'finalize is possible now';
};

const backupLines = ({ backups, at }: ServiceStatusReport): string[][] =>
  backups.flatMap(({ row }) => {
    const next = row.next === null ? 'nothing is scheduled' : `next in ${age(ageOf(at, row.next))}`;
    const newest =
      row.newest === null ? 'no backup yet' : `newest ${age(row.newest.age)} old, at most ${age(row.maxAge)}`;
    const copies = `${grouped(row.offsite)} of ${plural(row.sets, 'set')} elsewhere too`;
    return [['backups', [row.state, newest, copies, next].join('; ')]];
  });

/** Seconds of the last drills: a restore that takes longer every week is seen here first. */
const drillLines = ({ drills, row, at }: ServiceStatusReport, style: Style): string[][] => {
  const last = drills.at(-1);
  if (last === undefined) return row.where.on === 'dedicated' ? [['drills', 'never']] : [];
  const seconds = drills.flatMap((drill) => restoreSeconds(drill) ?? []).slice(-SHOWN_DRILLS);
  const lastTook = restoreSeconds(last);
  const took = lastTook === undefined ? '' : ` in ${duration(lastTook)}`;
  const failed = drills.filter(({ status }) => status !== 'ok').length;
  const trend =
    seconds.length < 2
      ? ''
      : `   ${sparkline(seconds, style)} ${duration(Math.min(...seconds))} to ${duration(Math.max(...seconds))}`;
  return [
    [
      'drills',
      `last ${last.status}${took}, ${age(ageOf(last.at, at))} ago; ${grouped(failed)} of ${grouped(drills.length)} not ok${trend}`,
    ],
  ];
};

/** From nothing to compared data where that is known: what is looked at beyond it costs nobody time who restores for real. */
const restoreSeconds = ({ rtoSeconds, seconds }: ServiceStatusReport['drills'][number]): number | undefined =>
  rtoSeconds ?? seconds;

const setsText = ({ backups }: ServiceStatusReport, style: Style): string[] => {
  const colour = paint(style);
  const rows = backups.flatMap(({ sets }) => sets.slice(0, SHOWN_SETS));
  if (rows.length === 0) return [];
  const head = ['backup', 'kind', 'age', 'rows', 'size', 'copies'].map((text) => colour.dim(text));
  const lines = rows.map((set) => [
    safe(set.id),
    set.kind,
    age(set.age),
    grouped(set.rows),
    bytes(set.bytes),
    set.receipts.length === 0 ? colour.dim(symbols(style).dash) : grouped(set.receipts.length),
  ]);
  return [table([head, ...lines], [false, false, true, true, true, true])];
};

const reasons = ({ row }: ServiceStatusReport, style: Style): string[] =>
  row.reasons.length === 0 ? [] : [row.reasons.map((reason) => reasonText(null, reason, style)).join('\n')];
