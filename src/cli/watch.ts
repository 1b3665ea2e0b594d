import { DbctlError } from '../errors/dbctl-error.js';
import type { UseCaseDeps } from '../usecases/deps.js';
import type { CliDeps } from './session.js';

const CLEAR = '\u001b[H\u001b[2J\u001b[3J';

/** Throws USAGE unless text goes to a screen that can be drawn again. */
export function requireScreen({ terminal }: CliDeps): void {
  if (terminal?.screen) return;
  throw new DbctlError('USAGE', '--watch draws on a terminal, and stdout is none', {
    next: 'without --watch, or: watch -n 10 dbctl status',
  });
}

/** Draws what `look` says, again and again until the operator ends it; that is no error. A look that fails is shown and tried again. */
export async function watching(
  deps: CliDeps,
  { clock, signal }: Pick<UseCaseDeps, 'clock' | 'signal'>,
  everySeconds: number,
  look: () => Promise<string>,
): Promise<void> {
  while (!signal.aborted) {
    const text = await look().catch((error: unknown) => failed(error, signal));
    if (signal.aborted) return;
    deps.io.out(`${CLEAR}${text}\n\nevery ${everySeconds} s; Ctrl-C ends it\n`);
    await clock.sleep(everySeconds * 1000, signal).catch(() => undefined);
  }
}

function failed(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return '';
  if (error instanceof DbctlError) return `${error.message}  [${error.code}]`;
  throw error;
}
