import { DbctlError, isDbctlError } from '../errors/dbctl-error.js';
import type { Clock } from '../ports/clock.js';
import type { FilesPort } from '../ports/files.js';
import type { LockedVariable, VariablesPort } from '../ports/nomad.js';
import { type Journal, parseJournal } from './journal.js';
import { type Lease, leaseOf } from './lease.js';

const TTL_MS = 20_000;
const DELAY_MS = 1_000;
const RENEW_MS = 5_000;

export const journalPath = (service: string): string => `dbctl/services/${service}`;

/** The journal as it is now, without its lock: for looking only. Throws JOURNAL_INVALID. */
export const readJournal = async (
  nomad: Pick<VariablesPort, 'variable'>,
  service: string,
): Promise<Journal | undefined> => (await readVariable(nomad, service)).current;

async function readVariable(
  nomad: Pick<VariablesPort, 'variable'>,
  service: string,
): Promise<Pick<JournalHandle, 'current' | 'texts'>> {
  const path = journalPath(service);
  const { journal, texts } = (await nomad.variable(path))?.items ?? {};
  return { current: journal ? parseJournal(journal, path) : undefined, texts };
}

/** The journal of one service while its lock is held. Every write is fenced by the lock. */
export interface JournalHandle {
  readonly current: Journal | undefined;
  /** What the run decided before its first effect, so that any machine can go on with it; `undefined` when it was not kept. */
  readonly texts: string | undefined;
  /** `texts` replaces those that are kept, in the same write. */
  save(journal: Journal, texts?: string): Promise<void>;
  /** A recorded value; `undefined` when never recorded. */
  fact<T>(key: string): T | undefined;
  record(key: string, value: unknown): Promise<void>;
}

/** For a look that needs no lock: what it records is forgotten with it. Throws JOURNAL_INVALID. */
export async function journalToReadOnly(
  nomad: Pick<VariablesPort, 'variable'>,
  service: string,
): Promise<JournalHandle> {
  const seen = await readVariable(nomad, service);
  const own = new Map<string, unknown>();
  return {
    ...seen,
    save: async () => undefined,
    fact: <T>(key: string) => (own.has(key) ? own.get(key) : seen.current?.facts[key]) as T | undefined,
    record: async (key, value) => void own.set(key, value),
  };
}

export interface StoreDeps {
  readonly nomad: VariablesPort;
  readonly files: FilesPort;
  readonly clock: Clock;
  /** Folder (0700) for lock ids and copies of journals on this machine. */
  readonly stateDir: string;
  /** This process, and whether another one still lives: two runs on one machine must not share a lock id. */
  readonly process: { readonly pid: number; isAlive(pid: number): boolean };
}

/**
 * Opens the service's journal under its lock and closes it again. The lock id is kept in a 0600 file, so that the same
 * machine re-acquires at once after a crash; another machine waits about twice the TTL (measured: 21 s for 10 s).
 * When a renewal fails the signal handed to `use` is aborted with LOCK_LOST. That alone comes too late for a process that
 * was stopped and goes on: `held`, awaited in front of every change, asks the server first (reliability.md I8).
 */
export async function withJournal<T>(
  deps: StoreDeps,
  service: string,
  signal: AbortSignal,
  use: (journal: JournalHandle, signal: AbortSignal, held: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const path = journalPath(service);
  const lock = await acquire(deps, path, service);
  const lost = new AbortController();
  const done = new AbortController();
  const lease = leaseOf(deps.clock, () => deps.nomad.renewLock(lock));
  const renewing = renewUntil(deps, lease, lock, done.signal, lost);
  const held = (): Promise<void> => lease.ensure().catch((error: unknown) => stopAll(lost, error));
  try {
    const handle = await openHandle(deps, lock, service);
    return await use(handle, AbortSignal.any([signal, lost.signal]), held);
  } finally {
    done.abort();
    await renewing;
    // It frees itself after its TTL; what the run has to say must not be lost with it.
    if (!lost.signal.aborted) await release(deps, lock, service).catch(() => undefined);
  }
}

async function acquire(deps: StoreDeps, path: string, service: string): Promise<LockedVariable> {
  const file = lockFile(deps, service);
  const lockId = leftoverLockId(deps, await deps.files.read(file));
  const options = { ttlMs: TTL_MS, delayMs: DELAY_MS };
  const lock = await deps.nomad
    .acquireLock(path, lockId ? { ...options, lockId } : options)
    .catch((error: unknown) => (lockId ? deps.nomad.acquireLock(path, options) : Promise.reject(error)));
  await deps.files.write(file, `${lock.lockId} ${deps.process.pid}\n`, 0o600).catch(async (error: unknown) => {
    await deps.nomad.releaseLock(lock);
    throw error;
  });
  return lock;
}

/** Only a dead process's lock id may be taken over; a live one's is left for the server to refuse. */
function leftoverLockId(deps: StoreDeps, text: string | undefined): string | undefined {
  const [lockId, pid] = (text ?? '').trim().split(' ');
  return lockId && !deps.process.isAlive(Number(pid)) ? lockId : undefined;
}

async function release(deps: StoreDeps, lock: LockedVariable, service: string): Promise<void> {
  await deps.nomad.releaseLock(lock);
  await deps.files.remove(lockFile(deps, service));
}

const lockFile = (deps: StoreDeps, service: string): string => `${deps.stateDir}/locks/${service}`;

/** Whoever hears first that the lock is gone tells everybody. */
function stopAll(lost: AbortController, error: unknown): never {
  if (isDbctlError(error, 'LOCK_LOST')) lost.abort(error);
  throw error;
}

async function renewUntil(
  deps: StoreDeps,
  lease: Lease,
  lock: LockedVariable,
  done: AbortSignal,
  lost: AbortController,
): Promise<void> {
  let failedSince: number | undefined;
  while (!done.aborted) {
    await deps.clock.sleep(RENEW_MS, done).catch(() => undefined);
    if (done.aborted) return;
    try {
      await lease.renew();
      failedSince = undefined;
    } catch (cause) {
      failedSince ??= deps.clock.monotonic();
      const gone = isDbctlError(cause, 'LOCK_LOST');
      if (!gone && deps.clock.monotonic() - failedSince < TTL_MS - 2 * RENEW_MS) continue;
      lost.abort(new DbctlError('LOCK_LOST', 'the lock of the service was lost', { where: lock.path, cause }));
      return;
    }
  }
}

async function openHandle(deps: StoreDeps, lock: LockedVariable, service: string): Promise<JournalHandle> {
  const path = journalPath(service);
  const { journal: text, texts: kept } = (await deps.nomad.variable(path))?.items ?? {};
  let current = text ? parseJournal(text, path) : undefined;
  let texts = kept;
  let held = lock;
  const write = async (journal: Journal): Promise<void> => {
    const items = { journal: JSON.stringify(journal), ...(texts === undefined ? {} : { texts }) };
    held = await deps.nomad.writeLocked(held, items);
    current = journal;
    const copy = `${deps.stateDir}/runs/${journal.run}/journal.json`;
    await deps.files.write(copy, `${JSON.stringify(journal, null, 2)}\n`, 0o600);
  };
  const inTurn = queue();
  return {
    get current() {
      return current;
    },
    get texts() {
      return texts;
    },
    save: (journal, fresh) =>
      inTurn(() => {
        texts = fresh ?? texts;
        return write(journal);
      }),
    fact: <T>(key: string) => current?.facts[key] as T | undefined,
    record: (key, value) =>
      inTurn(async () => {
        if (!current)
          throw new DbctlError('INTERNAL', 'a fact was recorded before the journal was opened', { where: key });
        await write({ ...current, facts: { ...current.facts, [key]: toJson(value) } });
      }),
  };
}

/** Steps work side by side, but each write names the index of the one before: they go one after another. */
function queue(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(work, work);
    last = next.catch(() => undefined);
    return next;
  };
}

const toJson = (value: unknown): Journal['facts'][string] => JSON.parse(JSON.stringify(value));
