import type { DrillReport, DrillsReport } from '../report/drill-report.js';
import { errorText } from './error-text.js';
import { evidenceText } from './evidence-text.js';
import { paint, type Style, symbols } from './style.js';
import { duration, field, plural, safe, table, widthOf, wrap } from './text.js';

const PAD = 7;
const SHOWN = 10;

/** One service whole, several as one table with what went wrong below. */
export const drillText = ({ drills, waiting }: DrillsReport, style: Style): string =>
  [...drilledText(drills, style), ...(waiting.length === 0 ? [] : [waitingText(waiting, style)])].join('\n\n');

const drilledText = (drills: DrillsReport['drills'], style: Style): string[] => {
  const [only, second] = drills;
  if (!only) return [];
  if (!second) return [oneText(only, style)];
  const failed = drills.filter(({ status }) => status !== 'ok');
  return [tableText(drills, style), ...failed.map((drill) => problemsText(drill, style))];
};

const waitingText = (waiting: DrillsReport['waiting'], style: Style): string =>
  waiting
    .map(({ service, why, next }) => {
      const when = next === null ? '' : `, next ${next}`;
      return `${paint(style).dim('wait')}  ${safe(service)}: ${safe(why)}${when}`;
    })
    .join('\n');

const headline = (drill: DrillReport, style: Style): string => {
  const colour = paint(style);
  const name = colour.bold(safe(drill.service));
  const words: Record<DrillReport['status'], string> = {
    ok: `${colour.green('ok')}    ${name} can be restored`,
    failed: `${colour.red('fail')}  ${name}: the backup is not what it should be`,
    error: `${colour.yellow('open')}  ${name}: the drill could not be carried through`,
  };
  const took = drill.rtoSeconds === null ? '' : ` in ${duration(drill.rtoSeconds)}`;
  return `${words[drill.status]}${drill.status === 'ok' ? took : ''}${drill.run === null ? '' : `   ${colour.dim(`run ${drill.run}`)}`}`;
};

const oneText = (drill: DrillReport, style: Style): string =>
  [
    headline(drill, style),
    whatText(drill, style),
    ...(drill.evidence === null ? [] : [evidenceText(drill.evidence, style)]),
    problemsOf(drill, style),
    ...(drill.notes.length === 0
      ? []
      : [drill.notes.map((note) => `note  ${wrap(safe(note), widthOf(style), 6)}`).join('\n')]),
  ]
    .filter((block) => block !== '')
    .join('\n\n');

const whatText = (drill: DrillReport, style: Style): string => {
  const { dot } = symbols(style);
  const options = { width: widthOf(style), pad: PAD, show: paint(style).dim };
  const line = (label: string, text: string): string => field(label, safe(text), options);
  const { set, parts, rtoSeconds, budgetSeconds } = drill;
  const age = set?.ageSeconds === null || set === null ? '' : `, ${duration(set.ageSeconds)} old`;
  const budget = budgetSeconds === null ? 'no budget set' : `budget ${duration(budgetSeconds)}`;
  return [
    ...(set === null ? [] : [line('backup', `${set.id} from ${set.from}${age}`)]),
    ...(parts.length === 0
      ? []
      : [line('phases', parts.map(({ id, seconds }) => `${id} ${duration(seconds)}`).join(` ${dot} `))]),
    ...(rtoSeconds === null ? [] : [line('rto', `${duration(rtoSeconds)}, ${budget}`)]),
    ...drill.checks.map((check, index) => line(index === 0 ? 'checks' : '', check)),
  ].join('\n');
};

const problemsText = (drill: DrillReport, style: Style): string =>
  `${paint(style).bold(safe(drill.service))}\n${problemsOf(drill, style)}`;

const problemsOf = ({ findings, error }: DrillReport, style: Style): string => {
  const colour = paint(style);
  const lines = findings.map(({ code, text, details, next }) => {
    const more = details.slice(0, SHOWN).map((detail) => `        - ${wrap(safe(detail), widthOf(style), 10)}`);
    const rest = details.length - SHOWN;
    return [
      `  ${colour.red(code)}  ${wrap(safe(text), widthOf(style), code.length + 4)}`,
      ...more,
      ...(rest > 0 ? [`        - and ${rest} more`] : []),
      `        next  ${wrap(safe(next), widthOf(style), 14)}`,
    ].join('\n');
  });
  return [...lines, ...(error === undefined ? [] : [errorText(error, style)])].join('\n');
};

const tableText = (drills: readonly DrillReport[], style: Style): string => {
  const colour = paint(style);
  const { dash } = symbols(style);
  const head = ['service', '', 'backup', 'age', 'rto', 'budget'].map((text) => colour.dim(text));
  const or = (value: number | null | undefined): string =>
    value === null || value === undefined ? dash : duration(value);
  const rows = drills.map((drill) => [
    safe(drill.service),
    statusWord(drill, style),
    safe(drill.set?.id ?? dash),
    or(drill.set?.ageSeconds),
    or(drill.rtoSeconds),
    or(drill.budgetSeconds),
  ]);
  const good = drills.filter(({ status }) => status === 'ok').length;
  const word = good === drills.length ? colour.green('ok  ') : colour.red('fail');
  const title = `${word}  ${plural(good, 'service')} of ${drills.length} can be restored`;
  return `${title}\n\n${table([head, ...rows], [false, false, false, true, true, true])}`;
};

const statusWord = ({ status, findings: [worst] }: DrillReport, style: Style): string => {
  const colour = paint(style);
  if (status === 'ok') return colour.green('restored');
  return status === 'error' ? colour.yellow('not carried through') : colour.red(worst?.code ?? 'failed');
};
