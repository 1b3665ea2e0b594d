import type { RestoreReport } from '../report/restore-report.js';
import { errorText } from './error-text.js';
import { evidenceText } from './evidence-text.js';
import { stepLine } from './step-line.js';
import { paint, type Style, symbols } from './style.js';
import { duration, field, safe, widthOf, wrap } from './text.js';

const PAD = 7;

/** The end of a restore for people. */
export const restoreText = (report: RestoreReport, style: Style): string =>
  [
    headline(report, style),
    ...(report.status === 'failed' || report.status === 'undone' ? [stepsText(report, style)] : []),
    ...(report.status === 'nothing-to-do' ? [] : [whatText(report, style)]),
    ...(report.evidence === null ? [] : [evidenceText(report.evidence, style)]),
    ...(report.notes.length === 0
      ? []
      : [report.notes.map((note) => `note  ${wrap(safe(note), widthOf(style), 6)}`).join('\n')]),
    ...(report.error === undefined ? [] : [errorText(report.error, style)]),
    ...(report.next.length === 0
      ? []
      : [report.next.map((next) => `${paint(style).bold('Next')}  ${wrap(safe(next), widthOf(style), 6)}`).join('\n')]),
  ]
    .filter((block) => block !== '')
    .join('\n\n');

const DONE: Readonly<Record<RestoreReport['action'], string>> = {
  restore: 'is restored',
  undo: 'has what was live before the restore again',
  done: 'keeps nothing of an earlier database any more',
};

const headline = (report: RestoreReport, style: Style): string => {
  const colour = paint(style);
  const name = colour.bold(safe(report.service));
  const words: Record<RestoreReport['status'], string> = {
    ok: `${colour.green('ok')}    ${name} ${DONE[report.action]}`,
    'nothing-to-do': `${colour.green('ok')}    ${name}: nothing to do`,
    failed: `${colour.red('fail')}  ${name}: the ${report.action === 'undo' ? 'way back' : 'restore'} did not finish`,
    undone: `${colour.yellow('undone')}  ${name} is as it was before`,
  };
  const seconds = report.steps.reduce((sum, step) => sum + step.seconds, 0);
  const took = seconds > 0 ? `, took ${duration(seconds)}` : '';
  return words[report.status] + (report.run === null ? '' : `   ${colour.dim(`run ${report.run}${took}`)}`);
};

const stepsText = ({ steps }: RestoreReport, style: Style): string => {
  const pad = Math.max(0, ...steps.map(({ id }) => id.length));
  return steps.map((step) => stepLine(step, pad, style)).join('\n');
};

const whatText = ({ set, safety, closedSeconds, kept, firstSession }: RestoreReport, style: Style): string => {
  const { dot } = symbols(style);
  const options = { width: widthOf(style), pad: PAD, show: paint(style).dim };
  const line = (label: string, text: string): string => field(label, safe(text), options);
  const app = firstSession === null ? '' : ` ${dot} app seen at ${firstSession.slice(11, 19)} UTC`;
  return [
    ...(set === null ? [] : [line('backup', `${set.id} from ${set.from}`)]),
    ...(set?.started ? [line('as of', `${set.started}; what was written later is not in it`)] : []),
    ...(safety === null ? [] : [line('before', `backed up as ${safety}, pinned`)]),
    ...(closedSeconds === null ? [] : [line('closed', `${duration(closedSeconds)}${app}`)]),
    ...kept.map(({ name }, index) => line(index === 0 ? 'kept' : '', `${name}, closed`)),
  ].join('\n');
};
