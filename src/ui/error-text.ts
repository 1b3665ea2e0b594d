import { EXIT_MEANING, type ExitCode } from '../errors/exit-codes.js';
import { paint, type Style } from './style.js';
import { field, masked, widthOf, wrap } from './text.js';

/** What an error says; DbctlError and the error of a report both fit. */
export interface ShownError {
  readonly code: string;
  readonly message: string;
  readonly where?: string | undefined;
  readonly value?: string | undefined;
  readonly next?: string | undefined;
  readonly details: readonly string[];
  readonly exitCode: number;
}

const PAD = 6;

/** Code and what, where, the wrong value, every detail, the next step. */
export const errorText = (error: ShownError, style: Style): string => {
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
