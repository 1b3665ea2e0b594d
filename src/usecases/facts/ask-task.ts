import type { AllocsPort } from '../../ports/nomad.js';

export interface TaskQuestion {
  readonly allocId: string;
  readonly task: string;
  /** Fixed text; `"$@"` are the arguments. Must not print the end line itself. */
  readonly script: string;
  /** Never a secret: they are part of a URL. */
  readonly args: readonly string[];
}

export type TaskAnswer = { readonly lines: readonly string[] } | { readonly unreadable: string };

const END = 'dbctl-answer-end';
const TIMEOUT_MS = 15_000;
/** It only reads: asked again when the connection is lost. */
const TRIES = 3;

/** Runs a short read-only script in a task. An image without a shell is an answer too, not an error. */
export const askTask = async (
  nomad: Pick<AllocsPort, 'exec'>,
  { allocId, task, script, args }: TaskQuestion,
  signal: AbortSignal,
): Promise<TaskAnswer> => {
  // The last read keeps the command alive until its output has arrived (hashicorp/nomad#27146).
  const text = `${script}\nprintf '%s\\n' ${END}\nread -r _ || :`;
  const argv = ['/bin/sh', '-c', text, 'dbctl', ...args];
  for (let left = TRIES; ; left--) {
    const result = await nomad.exec({ allocId, task, argv, until: END, timeoutMs: TIMEOUT_MS, signal });
    const lines = result.stdout.split(/\r?\n/);
    const end = lines.indexOf(END);
    if (end >= 0) return { lines: lines.slice(0, end) };
    if (result.kind === 'exited' && result.code !== 0)
      return { unreadable: `exit code ${result.code}, is there a /bin/sh?` };
    if (left === 1 || signal.aborted)
      return { unreadable: result.kind === 'lost' ? result.reason : 'its output was lost' };
  }
};
