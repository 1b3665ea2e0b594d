import type { StepResult } from '../report/report.js';
import { paint, type Style } from './style.js';
import { duration, safe } from './text.js';

export const STATUS_WORD: Readonly<Record<StepResult['status'], string>> = {
  ok: 'ok',
  skipped: 'skip',
  failed: 'fail',
  undone: 'undo',
};

const SUMMARY_WIDTH = 58;

/** `  ok   preflight   12 checks, 0 warnings   1.2s`; `pad` is the longest step id of the run. */
export const stepLine = (step: StepResult, pad: number, style: Style): string =>
  `  ${statusWord(step.status, style)}  ${stepText(step, pad, style)}`;

export const stepText = (step: StepResult, pad: number, style: Style): string =>
  `${safe(step.id).padEnd(pad)}  ${safe(step.summary).padEnd(SUMMARY_WIDTH)}  ${paint(style).dim(duration(step.seconds).padStart(6))}`;

const statusWord = (status: StepResult['status'], style: Style): string => {
  const colour = paint(style);
  const shown = { ok: colour.green, skipped: colour.dim, failed: colour.red, undone: colour.yellow };
  return shown[status](STATUS_WORD[status].padEnd(4));
};
