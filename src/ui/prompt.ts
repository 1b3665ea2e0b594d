import { stderr, stdin } from 'node:process';
import type { Readable, Writable } from 'node:stream';
import { isCancel, text } from '@clack/prompts';
import { DbctlError } from '../errors/dbctl-error.js';
import { safe } from './text.js';

export interface ConfirmInput {
  readonly service: string;
  /** What stands for the answer off a terminal; default `--yes --confirm <service>`. */
  readonly flags?: string;
  /** What will happen, as a sentence. */
  readonly question: string;
  /** Whether stdin and stderr are terminals. */
  readonly interactive: boolean;
  readonly input?: Readable;
  readonly output?: Writable;
}

/**
 * The operator types the service's name. Asks on stderr.
 * Throws CONFIRMATION_MISSING off a terminal, CONFIRMATION_DECLINED for anything else than the name.
 */
export const confirmService = async ({
  service,
  flags = `--yes --confirm ${service}`,
  question,
  interactive,
  input = stdin,
  output = stderr,
}: ConfirmInput): Promise<void> => {
  if (!interactive) {
    throw new DbctlError('CONFIRMATION_MISSING', 'this needs a confirmation and there is no terminal to ask on', {
      where: `service ${service}`,
      next: `add ${flags}`,
    });
  }
  const typed = await text({ message: `${safe(question)}\nType the name to go on: ${service}`, input, output });
  if (isCancel(typed)) throw declined(service);
  if (typed.trim() !== service) throw declined(service, typed);
};

const declined = (service: string, value?: string): DbctlError =>
  new DbctlError('CONFIRMATION_DECLINED', 'not confirmed, nothing was changed', {
    where: `service ${service}`,
    ...(value === undefined ? {} : { value }),
    next: `run it again and type ${service}`,
  });

/** One name from the operator, on stderr; `undefined` when nothing is typed or the question is left with Ctrl-C. */
export const askName = async ({
  question,
  input = stdin,
  output = stderr,
}: Pick<ConfirmInput, 'question' | 'input' | 'output'>): Promise<string | undefined> => {
  const typed = await text({ message: safe(question), input, output });
  return isCancel(typed) || typed.trim() === '' ? undefined : typed.trim();
};
