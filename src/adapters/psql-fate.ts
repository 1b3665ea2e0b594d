import { randomBytes } from 'node:crypto';
import { isDbctlError } from '../errors/dbctl-error.js';
import type { Clock } from '../ports/clock.js';
import type { AllocsPort } from '../ports/nomad.js';
import type { SqlTarget } from '../ports/sql.js';
import { PSQL_PROBE } from './psql-script.js';

const ASK_MS = 15_000;
const PAUSE_MS = 500;

/** `never`: the script has not run and never will. `running`: it may still. `ended`: it is over. */
export type Fate = 'never' | 'running' | 'ended';

type Deps = { readonly allocs: Pick<AllocsPort, 'exec'>; readonly clock: Clock };

/** What became of a script whose connection was lost; waits for one that runs, at most as long as it was given. */
export async function fateOf(
  { allocs, clock }: Deps,
  target: SqlTarget,
  script: string,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal | undefined },
): Promise<Fate> {
  for (const deadline = clock.monotonic() + timeoutMs; clock.monotonic() < deadline; ) {
    signal?.throwIfAborted();
    const answer = await ask(allocs, target, script, signal);
    if (answer === 'never' || answer === 'ended') return answer;
    await clock.sleep(PAUSE_MS, signal);
  }
  return 'running';
}

/** `undefined` when this question was lost too, or Nomad is away for a moment. */
async function ask(
  allocs: Pick<AllocsPort, 'exec'>,
  { allocId, task }: SqlTarget,
  script: string,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const nonce = `dbctl-${randomBytes(12).toString('hex')}`;
  const argv = ['/bin/sh', '-c', PSQL_PROBE, 'dbctl', nonce, script];
  try {
    const result = await allocs.exec({
      allocId,
      task,
      argv,
      until: `${nonce} end`,
      timeoutMs: ASK_MS,
      ...(signal ? { signal } : {}),
    });
    return new RegExp(`^${nonce} (\\S+)$`, 'm').exec(result.stdout)?.[1];
  } catch (error) {
    // Its processes end with the task.
    if (isDbctlError(error, 'EXEC_FAILED')) return 'ended';
    if (isDbctlError(error, 'NOMAD_UNAVAILABLE')) return undefined;
    throw error;
  }
}
