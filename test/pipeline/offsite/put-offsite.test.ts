import { beforeEach, describe, expect, it } from 'vitest';
import { DbctlError } from '../../../src/errors/dbctl-error.js';
import { offsiteNote, putOffsite } from '../../../src/pipeline/put-offsite.js';
import { Secret } from '../../../src/shared/secret.js';
import { CANARY, type OffsiteWorld, offsiteWorld, VARIABLE } from './world.js';

describe('what copies elsewhere and messages need', () => {
  let world: OffsiteWorld;
  beforeEach(async () => {
    world = await offsiteWorld();
  });
  const put = (): Promise<DbctlError[]> => putOffsite(world.ctx, world.toolbox);
  const items = (): Record<string, string> => world.nomad.variables.entries.get(VARIABLE)?.items ?? {};
  const index = (): number | undefined => world.nomad.variables.entries.get(VARIABLE)?.modifyIndex;

  it('is copied from Vault into the variable of that task, and never written again while nothing differs', async () => {
    expect(await put()).toEqual([]);
    expect(items()).toEqual({ offsite_1: `account = me\nkey = ${CANARY}\n`, notify_1: `https://x/${CANARY}` });
    const first = index();
    expect(await put()).toEqual([]);
    expect(index()).toBe(first);
    await world.vault.write('secret', 'postgres/offsite/b2', { key: new Secret('another-key-22') }, 1);
    await put();
    expect(items()['offsite_1']).toBe('key = another-key-22\n');
  });

  it('keeps items that are not ours, and what was put by hand where Vault has nothing', async () => {
    await world.nomad.port.writePlain(VARIABLE, { theirs: new Secret('x'), offsite_1: new Secret('by hand') }, 0);
    world.vault.versions.delete('secret/postgres/offsite/b2');
    expect(await put()).toEqual([]);
    expect(items()).toEqual({ theirs: 'x', offsite_1: 'by hand', notify_1: `https://x/${CANARY}` });
  });

  it('is told where Vault lacks it, and the rest is put all the same', async () => {
    world.vault.versions.delete('secret/postgres/offsite/b2');
    const [problem, ...more] = await put();
    expect(more).toEqual([]);
    expect(problem).toMatchObject({ code: 'VAULT_SECRET_MISSING', where: 'secret/postgres/offsite/b2' });
    expect(Object.keys(items())).toEqual(['notify_1']);
    expect(world.whole).toBe(true);
  });

  it('goes by the numbers that the job was rendered with, not by the inventory of today', async () => {
    world.env("TOOLS='x'\nOFFSITE='2'\nOFFSITE_1_NAME='gone'\nOFFSITE_2_NAME='b2'\nNOTIFY='0'\n");
    await put();
    expect(items()).toEqual({ offsite_2: `account = me\nkey = ${CANARY}\n` });
  });

  it('is nothing for a job that was rendered without', async () => {
    world.env("OFFSITE='0'\nNOTIFY='0'\n");
    expect(await put()).toEqual([]);
    expect(world.nomad.allocs.execs).toEqual([]);
  });

  it('of other tools than the rendered ones is told, unless those are there', async () => {
    world.env("TOOLS='/backups/.tools/0123456789ab'\nOFFSITE='1'\nOFFSITE_1_NAME='b2'\nNOTIFY='1'\n");
    expect(await put()).toMatchObject([{ code: 'TOOLS_UNAVAILABLE', value: '0123456789ab' }]);
    expect(world.registered).toEqual([]);
    world.whole = true;
    expect(await put()).toEqual([]);
  });

  it('never ends a run when it cannot be had, whoever refuses', async () => {
    world.ends = { ClientStatus: 'failed' };
    world.vault.mood = 'denied';
    expect((await put()).map(({ code }) => code)).toEqual(['TOOLS_UNAVAILABLE', 'VAULT_DENIED']);
  });

  it('ends a run that has lost its lock', async () => {
    world.nomad.port.registerJob = async () => {
      throw new DbctlError('LOCK_LOST', 'the lock was lost');
    };
    await expect(put()).rejects.toMatchObject({ code: 'LOCK_LOST' });
  });

  it('shows no credential in a command, a job, an error or a note', async () => {
    world.nomad.port.writePlain = async () => {
      throw new DbctlError('VARIABLE_CHANGED', 'the variable was changed meanwhile', { where: VARIABLE });
    };
    const problems = await put();
    expect(problems.map(({ code }) => code)).toEqual(['VARIABLE_CHANGED']);
    const seen = JSON.stringify([
      ...world.nomad.allocs.execs,
      ...world.registered,
      ...problems.map((one) => ({ ...one, note: offsiteNote(one), stack: one.stack })),
    ]);
    expect(seen).not.toContain(CANARY);
  });
});
