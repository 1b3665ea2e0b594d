import { DbctlError } from '../errors/dbctl-error.js';
import { confirmService } from '../ui/prompt.js';
import type { CliDeps } from './session.js';

export interface ConfirmFlags {
  readonly yes?: boolean;
  readonly confirm?: string;
}

/** `--yes` together with `--confirm <name>` stands for typing the name; anything less asks, or refuses off a terminal. */
export async function confirmName(deps: CliDeps, name: string, flags: ConfirmFlags, question: string): Promise<void> {
  if (flags.confirm !== undefined && flags.confirm !== name) {
    throw new DbctlError('CONFIRMATION_DECLINED', '--confirm names something else', {
      value: flags.confirm,
      next: `--confirm ${name}`,
    });
  }
  if (flags.yes && flags.confirm === name) return;
  await confirmService({ service: name, question, interactive: deps.io.interactive });
}

/** The word `--all` was typed already: with `--yes` that is enough. */
export async function confirmAll(deps: CliDeps, flags: ConfirmFlags, question: string): Promise<void> {
  if (flags.yes) return;
  await confirmService({ service: 'all', flags: '--yes', question, interactive: deps.io.interactive });
}
