import { randomBytes } from 'node:crypto';
import { DbctlError } from '../errors/dbctl-error.js';
import type { AllocsPort } from '../ports/nomad.js';
import type { TaskRef } from './task-ref.js';

const TIMEOUT_MS = 30_000;

/**
 * Runs a fixed script that prints `<nonce> <answer>` and `<nonce> end` and then waits for stdin to close.
 * `undefined` when the connection was lost before the answer. Throws EXEC_FAILED when the script itself failed.
 */
export async function askTask(
  nomad: Pick<AllocsPort, 'exec'>,
  { allocId, task }: TaskRef,
  script: string,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<string | undefined> {
  const nonce = `dbctl-${randomBytes(12).toString('hex')}`;
  const result = await nomad.exec({
    allocId,
    task,
    argv: ['/bin/sh', '-c', script, 'dbctl', nonce, ...args],
    until: `${nonce} end`,
    timeoutMs: TIMEOUT_MS,
    ...(signal ? { signal } : {}),
  });
  const answer = new RegExp(`^${nonce} (\\S+)$`, 'm').exec(result.stdout)?.[1];
  if (answer !== undefined && answer !== 'end') return answer;
  // Ended well without its last line: the output was lost on the way (hashicorp/nomad#27146).
  if (result.kind === 'lost' || result.code === 0) return undefined;
  throw new DbctlError('EXEC_FAILED', 'a script in the task failed', {
    where: `task ${task} of allocation ${allocId.slice(0, 8)}`,
    value: `exit code ${result.code}: ${result.stderr.trim().slice(0, 300)}`,
  });
}
