import type {
  Downtime,
  LossReport,
  MigrateReport,
  MovedDatabase,
  MovedReport,
  RehearsalReport,
} from '../report/migrate-report.js';
import { downtimeChart } from './downtime-chart.js';
import { errorText } from './error-text.js';
import { evidenceText } from './evidence-text.js';
import { stepLine } from './step-line.js';
import { paint, type Style, symbols } from './style.js';
import { bytes, duration, field, safe, widthOf, wrap } from './text.js';

/** The end of a migrate, rollback or finalize run for people. */
export const reportText = (report: MigrateReport, style: Style): string =>
  [
    headline(report, style),
    ...(report.status === 'failed' || report.status === 'undone' ? [stepsText(report, style)] : []),
    ...(report.moved === null ? [] : [movedText(report.moved, style)]),
    ...(report.evidence === null ? [] : [evidenceText(report.evidence, style)]),
    ...(report.downtime === null ? [] : [downtimeText(report.downtime, report.downtimeSeconds, style)]),
    ...(report.lost === undefined ? [] : [lostText(report.lost, style)]),
    ...(report.rehearsal === undefined ? [] : [rehearsalText(report.rehearsal, report.downtime === null, style)]),
    ...(report.notes.length === 0
      ? []
      : [report.notes.map((note) => `note  ${wrap(safe(note), widthOf(style), 6)}`).join('\n')]),
    ...(report.error === undefined ? [] : [errorText(report.error, style)]),
    ...(report.undo === undefined ? [] : [`${paint(style).bold('Undo')}  ${safe(report.undo)}`]),
  ]
    .filter((block) => block !== '')
    .join('\n\n');

type Verb = 'migrate' | 'rollback' | 'finalize';

const DONE: Readonly<Record<Verb, string>> = {
  migrate: 'has its own PostgreSQL now',
  rollback: 'is back on the shared instance',
  finalize: 'is finalized: the old database is gone',
};

const headline = (report: MigrateReport, style: Style): string => {
  const colour = paint(style);
  const verb = verbOf(report);
  const seconds = report.steps.reduce((sum, step) => sum + step.seconds, 0);
  const words: Record<MigrateReport['status'], string> = {
    ok: `${colour.green('ok')}    ${colour.bold(report.service)} ${rehearsedOnly(report) ? 'was rehearsed; nothing of it was changed' : DONE[verb]}`,
    'nothing-to-do': `${colour.green('ok')}    ${colour.bold(report.service)}: nothing to do`,
    failed: `${colour.red('fail')}  ${colour.bold(report.service)}: ${verb} did not finish`,
    undone: `${colour.yellow('undone')}  ${colour.bold(report.service)} is as it was before`,
  };
  const took = seconds > 0 ? `, took ${duration(seconds)}` : '';
  return `${words[report.status]}   ${colour.dim(`run ${report.run}${took}`)}`;
};

const verbOf = ({ schema }: MigrateReport): Verb => {
  if (schema === 'dbctl.rollback/2') return 'rollback';
  return schema === 'dbctl.finalize/2' ? 'finalize' : 'migrate';
};

const rehearsedOnly = (report: MigrateReport): boolean =>
  verbOf(report) === 'migrate' &&
  report.rehearsal !== undefined &&
  report.downtime === null &&
  report.moved === null &&
  report.undo === undefined;

const stepsText = ({ steps }: MigrateReport, style: Style): string => {
  const pad = Math.max(0, ...steps.map(({ id }) => id.length));
  return steps.map((step) => stepLine(step, pad, style)).join('\n');
};

const movedText = (moved: MovedReport, style: Style): string => {
  const options = { width: widthOf(style), pad: 5, show: paint(style).dim };
  const several = moved.databases.length > 1;
  const names = moved.databases.map(({ database }) => safe(database)).join(', ');
  return [
    paint(style).bold(`Moved  database${several ? 's' : ''} ${names}`),
    field('from', safe(moved.from), options),
    field('to', safe(moved.to), options),
    ...moved.databases.map((database, index) =>
      field(index === 0 ? 'size' : '', sizesText(database, several, style), options),
    ),
  ].join('\n');
};

const sizesText = (moved: MovedDatabase, named: boolean, style: Style): string => {
  const size = (label: string, count: number | null): string[] => (count === null ? [] : [`${bytes(count)} ${label}`]);
  const sizes = [
    ...size('before', moved.sourceBytes),
    ...size('as a dump', moved.dumpBytes),
    ...size('now', moved.targetBytes),
  ];
  return `${named ? `${safe(moved.database)}  ` : ''}${sizes.join(` ${symbols(style).dot} `)}`;
};

const downtimeText = ({ from, to, parts }: Downtime, seconds: number | null, style: Style): string => {
  const clock = (iso: string): string => iso.slice(11, 19);
  const total = seconds === null ? 'not measured' : duration(seconds);
  const when = paint(style).dim(`${clock(from)} ${symbols(style).dash} ${clock(to)} UTC`);
  return [
    `${paint(style).bold('Downtime')}  ${paint(style).bold(total)}  ${when}`,
    ...(parts.length === 0 ? [] : [downtimeChart(parts, style)]),
  ].join('\n');
};

const lostText = (lost: LossReport, style: Style): string => {
  const options = { width: widthOf(style), pad: 7, show: paint(style).dim };
  const more =
    lost.lastSeen && lost.rows !== null && lost.lastSeen.at !== lost.since ? lost.lastSeen.rows - lost.rows : null;
  return [
    paint(style).bold(`Lost  everything written since ${lost.since}`),
    field('back to', lost.backup === null ? 'the closed old database' : `backup ${safe(lost.backup)}`, options),
    field(
      'rows',
      `${lost.rows ?? 'not counted'}${more === null ? '' : `; ${more} more when last counted, ${lost.lastSeen?.at}`}`,
      options,
    ),
    ...lost.saw.map((line, index) => field(index === 0 ? 'saw' : '', safe(line), options)),
    field('kept', safe(lost.kept), options),
  ].join('\n');
};

const rehearsalText = (rehearsal: RehearsalReport, alone: boolean, style: Style): string => {
  const verdict = rehearsal.match ? 'copy equal' : paint(style).red('copy DIFFERENT');
  const head = `${paint(style).bold('Rehearsal')}  predicted ${duration(rehearsal.predictedDowntimeSeconds)} of downtime, ${verdict}   ${paint(style).dim(`run ${rehearsal.run}, took ${duration(rehearsal.seconds)}`)}`;
  return alone && rehearsal.parts.length > 0 ? `${head}\n${downtimeChart(rehearsal.parts, style)}` : head;
};
