import { DbctlError } from '../../src/errors/dbctl-error.js';
import type { Clock } from '../../src/ports/clock.js';
import type { VariablesPort } from '../../src/ports/nomad.js';
import { Secret } from '../../src/shared/secret.js';

/** Nomad 1.11.1 gives a lock up after twice its TTL (21 s seen for a TTL of 10 s and a delay of 1 s). */
const GRACE = 2;

interface Held {
  readonly lockId: string;
  readonly ttlMs: number;
  readonly delayMs: number;
  expires: number;
}

interface Entry {
  items: Record<string, string> | undefined;
  modifyIndex: number;
  held: Held | undefined;
}

export interface FakeVariables extends VariablesPort {
  readonly entries: Map<string, Entry>;
}

/** Nomad's variable locks: they expire after their TTL, and nobody else gets them before the delay after that. */
export function fakeVariables(clock: Clock): FakeVariables {
  const entries: FakeVariables['entries'] = new Map();
  const counter = { index: 10, lock: 0 };
  const holder = (path: string): Held | undefined => {
    const held = entries.get(path)?.held;
    return held && clock.monotonic() < held.expires ? held : undefined;
  };
  const require = (path: string, lockId: string): Entry => {
    const entry = entries.get(path);
    if (!entry || holder(path)?.lockId !== lockId)
      throw new DbctlError('LOCK_LOST', 'the lock was lost', { where: path });
    return entry;
  };
  return {
    entries,
    variable: async (path) => {
      const entry = entries.get(path);
      const locked = holder(path) !== undefined;
      if (!entry || (!entry.items && !locked)) return undefined;
      return { items: { ...entry.items }, modifyIndex: entry.modifyIndex, locked };
    },
    acquireLock: async (path, { ttlMs, delayMs, lockId }) => {
      const entry = entries.get(path) ?? { items: undefined, modifyIndex: 0, held: undefined };
      const { held } = entry;
      const free = !held || held.lockId === lockId || clock.monotonic() >= held.expires + held.delayMs;
      if (!free) throw new DbctlError('RUN_LOCKED', 'another run holds the lock', { where: path });
      const id = lockId ?? `lock-${++counter.lock}`;
      entry.held = { lockId: id, ttlMs, delayMs, expires: clock.monotonic() + GRACE * ttlMs };
      if (entry.items) entry.modifyIndex = ++counter.index;
      entries.set(path, entry);
      return { path, lockId: id, modifyIndex: entry.modifyIndex };
    },
    renewLock: async ({ path, lockId }) => {
      const { held } = require(path, lockId);
      if (held) held.expires = clock.monotonic() + GRACE * held.ttlMs;
    },
    releaseLock: async ({ path, lockId }) => {
      const entry = entries.get(path);
      if (entry && entry.held?.lockId === lockId) entry.held = undefined;
    },
    writeLocked: async (lock, items) => {
      const entry = require(lock.path, lock.lockId);
      if (entry.modifyIndex !== lock.modifyIndex)
        throw new DbctlError('LOCK_LOST', 'written meanwhile', { where: lock.path });
      entry.items = { ...items };
      entry.modifyIndex = ++counter.index;
      return { ...lock, modifyIndex: entry.modifyIndex };
    },
    plainVariable: async (path) => {
      const entry = entries.get(path);
      if (!entry?.items) return undefined;
      const items = Object.entries(entry.items).map(([key, value]) => [key, new Secret(value)] as const);
      return { items: Object.fromEntries(items), modifyIndex: entry.modifyIndex };
    },
    writePlain: async (path, items, modifyIndex) => {
      const entry = entries.get(path) ?? { items: undefined, modifyIndex: 0, held: undefined };
      if (entry.modifyIndex !== modifyIndex)
        throw new DbctlError('VARIABLE_CHANGED', 'written meanwhile', { where: path });
      entry.items = Object.fromEntries(Object.entries(items).map(([key, value]) => [key, value.reveal()]));
      entry.modifyIndex = ++counter.index;
      entries.set(path, entry);
    },
  };
}
