import { EXIT_MEANING, type ExitCode } from '../errors/exit-codes.js';
import type { ReportedError } from '../report/migrate-report.js';
import { paint, type Style } from './style.js';
import { field, masked, widthOf, wrap } from './text.js';

const PAD = 6;

/** Code and what, where, the wrong value, every detail, the next step. */
export const errorText = (error: ReportedError, style: Style): string => {
  const colour = paint(style);
  const width = widthOf(style);
  const line = (label: string, text: string | undefined): string[] =>
    text === undefined || text === '' ? [] : [field(label, masked(text), { width, pad: PAD, show: colour.dim })];
  const head = wrap(`${masked(error.message)}  [${error.code}]`, width, PAD + 1);
  return [
    `${colour.bold(colour.red('error'))}  ${head}`,
    ...line('where', error.where),
    ...line('value', error.value),
    ...error.details.map((detail) => `    - ${wrap(masked(detail), width, 6)}`),
    ...line('next', error.next),
    field('exit', `${error.exitCode} (${meaning(error.exitCode)})`, { width, pad: PAD, show: colour.dim }),
  ].join('\n');
};

const meaning = (code: number): string => EXIT_MEANING[code as ExitCode] ?? 'unknown';
