import type { FleetReport, FleetRow, FleetVerb } from '../report/fleet-report.js';
import { errorText } from './error-text.js';
import { paint, type Style, symbols } from './style.js';
import { bytes, duration, grouped, plural, safe, table } from './text.js';

const DONE: Readonly<Record<FleetVerb, string>> = {
  migrate: 'moved',
  rollback: 'taken back',
  finalize: 'finalized',
};

/** One table for all services, then what went wrong in each. */
export const fleetText = (report: FleetReport, style: Style): string =>
  [
    headline(report, style),
    ...(report.rows.length === 0 ? [] : [rowsText(report, style)]),
    ...notes(report),
    ...report.rows.flatMap((row) => (row.error ? [errorOf(row, style)] : [])),
    ...next(report),
  ].join('\n\n');

const headline = ({ verb, status, rows, seconds }: FleetReport, style: Style): string => {
  const colour = paint(style);
  const done = rows.filter((row) => row.status === 'ok').length;
  const idle = rows.filter((row) => row.status === 'nothing-to-do').length;
  const word = status === 'ok' ? `${colour.green('ok')}  ` : colour.red('fail');
  if (rows.length === 0) return `${word}  nothing to ${verb}`;
  const already = idle === 0 ? '' : `, ${grouped(idle)} needed nothing`;
  return `${word}  ${plural(done, 'service')} of ${grouped(rows.length)} ${DONE[verb]}${already}   ${colour.dim(`took ${duration(seconds)}`)}`;
};

const rowsText = ({ verb, rows }: FleetReport, style: Style): string => {
  const colour = paint(style);
  const head = ['service', '', 'took', 'downtime', 'rows equal', 'size'].map((text) => colour.dim(text));
  const { dash } = symbols(style);
  const or = (value: number | null, show: (value: number) => string): string =>
    value === null ? colour.dim(dash) : show(value);
  const lines = rows.map((row) => [
    safe(row.service),
    statusWord(row, verb, style),
    row.seconds === 0 ? colour.dim(dash) : duration(row.seconds),
    or(row.downtimeSeconds, duration),
    or(row.rows, grouped),
    or(row.bytes, bytes),
  ]);
  return table([head, ...lines], [false, false, true, true, true, true]);
};

const statusWord = ({ status }: FleetRow, verb: FleetVerb, style: Style): string => {
  const colour = paint(style);
  const words: Record<FleetRow['status'], string> = {
    ok: colour.green(DONE[verb]),
    'nothing-to-do': colour.dim('nothing to do'),
    failed: colour.red('failed'),
    undone: colour.yellow('undone, as before'),
    waiting: colour.dim('not begun'),
  };
  return words[status];
};

const notes = ({ reports }: FleetReport): string[] => {
  const lines = reports.flatMap(({ service, notes }) => notes.map((note) => `note  ${safe(service)}: ${safe(note)}`));
  return lines.length === 0 ? [] : [lines.join('\n')];
};

const errorOf = ({ service, error }: FleetRow, style: Style): string =>
  error ? `${paint(style).bold(safe(service))}\n${errorText(error, style)}` : '';

const next = ({ verb, status, rows }: FleetReport): string[] => {
  if (status === 'failed') {
    const left = rows.some((row) => row.status === 'waiting');
    return left ? [`Next  mend what failed, then again: dbctl ${verb} --all   (or --keep-going)`] : [];
  }
  if (verb === 'migrate' && rows.some((row) => row.status === 'ok')) {
    return ['Undo  dbctl rollback <service>\nThen  dbctl finalize --all, once the apps have run well for a while'];
  }
  return verb === 'finalize' && rows.length > 0
    ? ['Next  dbctl decommission, when nothing is left on the shared instance']
    : [];
};
