import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { VariablesPort } from '../../src/ports/nomad.js';
import { Secret } from '../../src/shared/secret.js';

export interface VariablesRig {
  readonly port: () => VariablesPort;
  /** Lets `ms` pass for the server. */
  readonly pass: (ms: number) => Promise<void>;
}

const TTL = { ttlMs: 10_000, delayMs: 1_000 };

export function variablesContract(name: string, rig: VariablesRig): void {
  const port = (): VariablesPort => rig.port();
  const path = (): string => `dbctl/test/${randomUUID()}`;

  describe(`variables: ${name}`, () => {
    test('an absent variable is undefined', async () => {
      expect(await port().variable(path())).toBeUndefined();
    });

    test('a locked variable without data shows as locked and empty', async () => {
      const at = path();
      await port().acquireLock(at, TTL);
      expect(await port().variable(at)).toEqual({ items: {}, modifyIndex: 0, locked: true });
    });

    test('what is written under the lock is read back, also after the release', async () => {
      const at = path();
      const lock = await port().acquireLock(at, TTL);
      const written = await port().writeLocked(lock, { journal: 'é {"a":1}\n' });
      expect(await port().variable(at)).toMatchObject({
        items: { journal: 'é {"a":1}\n' },
        modifyIndex: written.modifyIndex,
        locked: true,
      });
      await port().releaseLock(written);
      expect(await port().variable(at)).toMatchObject({ items: { journal: 'é {"a":1}\n' }, locked: false });
    });

    test('acquiring keeps the data that is there', async () => {
      const at = path();
      const first = await port().acquireLock(at, TTL);
      const written = await port().writeLocked(first, { journal: 'kept' });
      const again = await port().acquireLock(at, { ...TTL, lockId: written.lockId });
      expect((await port().variable(at))?.items).toEqual({ journal: 'kept' });
      await port().releaseLock(again);
      await port().acquireLock(at, TTL);
      expect((await port().variable(at))?.items).toEqual({ journal: 'kept' });
    });

    test('a second holder is refused, the same lock id is not', async () => {
      const at = path();
      const lock = await port().acquireLock(at, TTL);
      await expect(port().acquireLock(at, TTL)).rejects.toMatchObject({ code: 'RUN_LOCKED' });
      expect(await port().acquireLock(at, { ...TTL, lockId: lock.lockId })).toMatchObject({ lockId: lock.lockId });
    });

    test('of many who acquire at once exactly one wins', async () => {
      const at = path();
      const tries = await Promise.allSettled(Array.from({ length: 8 }, () => port().acquireLock(at, TTL)));
      expect(tries.filter((one) => one.status === 'fulfilled')).toHaveLength(1);
    });

    test('a released lock can be taken at once; releasing twice is harmless', async () => {
      const at = path();
      const lock = await port().acquireLock(at, TTL);
      await port().releaseLock(lock);
      await port().releaseLock(lock);
      await expect(port().acquireLock(at, TTL)).resolves.toMatchObject({ path: at });
    });

    test('renewing and writing without the lock are LOCK_LOST', async () => {
      const at = path();
      const lock = await port().acquireLock(at, TTL);
      await port().releaseLock(lock);
      await expect(port().renewLock(lock)).rejects.toMatchObject({ code: 'LOCK_LOST' });
      await expect(port().writeLocked(lock, { a: '1' })).rejects.toMatchObject({ code: 'LOCK_LOST' });
    });

    test('a late write of an earlier holder never lands, even with the same lock id', async () => {
      const at = path();
      const first = await port().writeLocked(await port().acquireLock(at, TTL), { a: 'first' });
      const resumed = await port().acquireLock(at, { ...TTL, lockId: first.lockId });
      await expect(port().writeLocked(first, { a: 'late' })).rejects.toMatchObject({ code: 'LOCK_LOST' });
      await expect(port().writeLocked(resumed, { a: 'second' })).resolves.toBeDefined();
      expect((await port().variable(at))?.items).toEqual({ a: 'second' });
    });

    test('a plain variable is written by compare-and-set, and its values are secrets', async () => {
      const at = `nomad/jobs/${randomUUID()}/group/task`;
      expect(await port().plainVariable(at)).toBeUndefined();
      await port().writePlain(at, { offsite_1: new Secret("a = 'é'\n"), theirs: new Secret('kept') }, 0);
      const first = await port().plainVariable(at);
      expect(Object.keys(first?.items ?? {}).sort()).toEqual(['offsite_1', 'theirs']);
      expect(JSON.stringify(first)).not.toContain('kept');
      expect(first?.items['offsite_1']?.reveal()).toBe("a = 'é'\n");
      await port().writePlain(at, { offsite_1: new Secret('b') }, first?.modifyIndex ?? 0);
      const second = await port().plainVariable(at);
      expect(Object.keys(second?.items ?? {})).toEqual(['offsite_1']);
      expect(second?.items['offsite_1']?.reveal()).toBe('b');
    });

    test('a plain write over what somebody else wrote meanwhile is VARIABLE_CHANGED', async () => {
      const at = `nomad/jobs/${randomUUID()}/group/task`;
      await port().writePlain(at, { a: new Secret('1') }, 0);
      const seen = (await port().plainVariable(at))?.modifyIndex ?? 0;
      await port().writePlain(at, { a: new Secret('2') }, seen);
      for (const index of [0, seen])
        await expect(port().writePlain(at, { a: new Secret('late') }, index)).rejects.toMatchObject({
          code: 'VARIABLE_CHANGED',
        });
      expect((await port().plainVariable(at))?.items['a']?.reveal()).toBe('2');
    });

    test('an unrenewed lock is lost after its TTL and free after the delay; one renewed or taken over is kept', async () => {
      const [lost, kept, taken] = [path(), path(), path()];
      const { lockId } = await port().acquireLock(taken, TTL);
      const dead = await port().writeLocked(await port().acquireLock(lost, TTL), { a: '1' });
      const alive = await port().acquireLock(kept, TTL);
      // Nomad waits longer than the TTL before it gives a lock up, never shorter.
      await rig.pass(8_000);
      await port().renewLock(alive);
      await rig.pass(8_000);
      await port().renewLock(alive);
      const resumed = await port().acquireLock(taken, { ...TTL, lockId });
      await rig.pass(8_000);
      await expect(port().renewLock(resumed)).resolves.toBeUndefined();
      await expect(port().renewLock(dead)).rejects.toMatchObject({ code: 'LOCK_LOST' });
      await expect(port().renewLock(alive)).resolves.toBeUndefined();
      await expect(port().acquireLock(lost, TTL)).resolves.toMatchObject({ path: lost });
      await expect(port().writeLocked(dead, { a: 'zombie' })).rejects.toMatchObject({ code: 'LOCK_LOST' });
      expect((await port().variable(lost))?.items).toEqual({ a: '1' });
    });
  });
}
