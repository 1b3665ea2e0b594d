import { isDeepStrictEqual } from 'node:util';
import { DbctlError, isDbctlError } from '../../errors/dbctl-error.js';
import type { LockedVariable, PlainVariable, VariablesPort, VariableValue } from '../../ports/nomad.js';
import { Secret } from '../../shared/secret.js';
import { type NomadHttp, parseJson } from './http.js';
import { toVariable } from './schemas.js';
import { segments } from './segment.js';

/**
 * The lock is a variable of its own beside the data (`<path>/lock`), and the data is written by compare-and-set.
 * One locked variable would not do on Nomad 1.11.1: acquiring replaces the items (without items it erases them) and cannot
 * be combined with compare-and-set, and a write under the lock resets TTL and delay to 15 s.
 */
export const variablesAdapter = (http: NomadHttp): VariablesPort => ({
  variable: (path) => readVariable(http, path),
  acquireLock: (path, options) => acquireLock(http, path, options),
  async renewLock({ path, lockId }) {
    if (!(await renewed(http, path, lockId))) throw lockLost(path);
  },
  releaseLock: (lock) => releaseLock(http, lock),
  writeLocked: (lock, items) => writeLocked(http, lock, items),
  plainVariable: (path) => readPlain(http, path),
  writePlain: (path, items, modifyIndex) => writePlain(http, path, items, modifyIndex),
});

/** Of a write whose answer was lost. */
const TRIES = 3;

type Lock = { ID?: string; TTL?: string; LockDelay?: string };
type LockOperation = 'lock-acquire' | 'lock-renew' | 'lock-release';

const variableUrl = (path: string): string => `/v1/var/${segments(path)}`;
const lockPath = (path: string): string => `${path}/lock`;

async function readVariable(http: NomadHttp, path: string): Promise<VariableValue | undefined> {
  const [found, lock] = await Promise.all([http.get(variableUrl(path)), http.get(variableUrl(lockPath(path)))]);
  const locked = lock !== undefined && Boolean(toVariable(lock).Lock);
  if (found === undefined) return locked ? { items: {}, modifyIndex: 0, locked } : undefined;
  const { Items, ModifyIndex } = toVariable(found);
  return { items: Items ?? {}, modifyIndex: ModifyIndex, locked };
}

async function acquireLock(
  http: NomadHttp,
  path: string,
  options: { ttlMs: number; delayMs: number; lockId?: string },
): Promise<LockedVariable> {
  const lock: Lock = {
    TTL: `${options.ttlMs}ms`,
    LockDelay: `${options.delayMs}ms`,
    ...(options.lockId ? { ID: options.lockId } : {}),
  };
  const lockId = await putLock(http, path, 'lock-acquire', lock);
  // Nomad 1.11.1 takes an id that it knows and goes on counting from the first holder's last renewal (measured).
  const held = lockId !== undefined && (options.lockId === undefined || (await renewed(http, path, lockId)));
  if (!held) {
    throw new DbctlError('RUN_LOCKED', 'another run holds the lock', {
      where: `variable ${path}`,
      next: 'wait for it to end, then run the command again; after a crash elsewhere the lock frees itself within a minute',
    });
  }
  return { path, lockId, modifyIndex: await fenceOlderHolders(http, path, lockId) };
}

/** Rewrites the data unchanged: the new index makes every compare-and-set of an earlier holder fail. */
async function fenceOlderHolders(http: NomadHttp, path: string, lockId: string): Promise<number> {
  for (let attempt = 0; attempt < 5; attempt++) {
    const found = await http.get(variableUrl(path));
    if (found === undefined) return 0;
    const { Items, ModifyIndex } = toVariable(found);
    const index = await underLock(http, { path, lockId, modifyIndex: ModifyIndex }, Items ?? {});
    if (index !== undefined) return index;
  }
  throw lockLost(path);
}

async function writeLocked(
  http: NomadHttp,
  lock: LockedVariable,
  items: Record<string, string>,
): Promise<LockedVariable> {
  if (!(await renewed(http, lock.path, lock.lockId))) throw lockLost(lock.path);
  const modifyIndex = await underLock(http, lock, items);
  if (modifyIndex === undefined) throw lockLost(lock.path);
  return { ...lock, modifyIndex };
}

async function readPlain(http: NomadHttp, path: string): Promise<PlainVariable | undefined> {
  const found = await http.get(variableUrl(path));
  if (found === undefined) return undefined;
  const { Items, ModifyIndex } = toVariable(found);
  const items = Object.entries(Items ?? {}).map(([key, value]) => [key, new Secret(value)] as const);
  return { items: Object.fromEntries(items), modifyIndex: ModifyIndex };
}

async function writePlain(
  http: NomadHttp,
  path: string,
  items: Readonly<Record<string, Secret>>,
  modifyIndex: number,
): Promise<void> {
  const texts = Object.fromEntries(Object.entries(items).map(([key, value]) => [key, value.reveal()]));
  // Whoever wrote these very items: they are what is wanted.
  if ((await compareAndSet(http, { path, modifyIndex }, texts, async () => true)) !== undefined) return;
  throw new DbctlError('VARIABLE_CHANGED', 'the variable was changed meanwhile; nothing was written', {
    where: `variable ${path}`,
    next: 'run the command again',
  });
}

/** With the lock ours all the time, items as they were sent are our own write: the next holder begins by rewriting them unchanged. */
const underLock = (http: NomadHttp, lock: LockedVariable, items: Record<string, string>): Promise<number | undefined> =>
  compareAndSet(http, lock, items, () => renewed(http, lock.path, lock.lockId));

/**
 * The new index; `undefined` when somebody else wrote meanwhile. After a lost answer it looks first: the old index means that
 * nothing was written, the very items under a newer one that they were, if `ours` says so.
 */
async function compareAndSet(
  http: NomadHttp,
  { path, modifyIndex }: Pick<LockedVariable, 'path' | 'modifyIndex'>,
  items: Record<string, string>,
  ours: () => Promise<boolean>,
): Promise<number | undefined> {
  for (let left = TRIES; ; left--) {
    try {
      return await putItems(http, path, items, modifyIndex);
    } catch (error) {
      if (!isDbctlError(error, 'NOMAD_OUTCOME_UNKNOWN') || left === 1) throw error;
      const found = await http.get(variableUrl(path));
      const now = found === undefined ? { Items: {}, ModifyIndex: 0 } : toVariable(found);
      if (now.ModifyIndex === modifyIndex) continue;
      return isDeepStrictEqual(now.Items ?? {}, items) && (await ours()) ? now.ModifyIndex : undefined;
    }
  }
}

async function putItems(
  http: NomadHttp,
  path: string,
  items: Record<string, string>,
  cas: number,
): Promise<number | undefined> {
  const reply = await http.send(
    'PUT',
    variableUrl(path),
    { Path: path, Items: items },
    { query: { cas }, pass: [409] },
  );
  return reply.status === 409 ? undefined : toVariable(parseJson(reply)).ModifyIndex;
}

/** `false` when the lock is no longer of that id. */
const renewed = async (http: NomadHttp, path: string, lockId: string): Promise<boolean> =>
  (await putLock(http, path, 'lock-renew', { ID: lockId })) !== undefined;

/** The lock id; `undefined` when Nomad answered with a conflict. */
async function putLock(
  http: NomadHttp,
  path: string,
  operation: LockOperation,
  lock: Lock,
): Promise<string | undefined> {
  const body = { Path: lockPath(path), Lock: lock };
  const reply = await http.send('PUT', variableUrl(lockPath(path)), body, {
    query: { [operation]: '' },
    pass: [409],
    repeatable: operation !== 'lock-acquire' || lock.ID !== undefined,
  });
  return reply.status === 409 ? undefined : (toVariable(parseJson(reply)).Lock?.ID ?? lock.ID);
}

async function releaseLock(http: NomadHttp, lock: LockedVariable): Promise<void> {
  await putLock(http, lock.path, 'lock-release', { ID: lock.lockId }).catch((error: unknown) => {
    if (!isDbctlError(error) || !error.value?.includes("doesn't hold a lock")) throw error;
  });
}

const lockLost = (path: string): DbctlError =>
  new DbctlError('LOCK_LOST', 'the lock was lost; nothing further was changed', {
    where: `variable ${path}`,
    next: 'run again with --resume',
  });
