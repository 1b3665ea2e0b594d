import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newestAlloc, runJobspec, serversOn, stopJob, taskLog, until, volumeFolder } from './data-volume.js';
import { expectNothingLost, expectOk, pause } from './expectations.js';
import { LabWorld } from './lab-world.js';

let world: LabWorld;
let volume: string;
let state: string;
let aside: string;

beforeAll(async () => {
  world = await LabWorld.up('e2e-emptied', { scale: 3 });
  expectOk(await world.move('migrate', '--no-rehearse'));
  volume = await volumeFolder(world, 'speedtest_postgres_data');
  state = join(await volumeFolder(world, 'db-backups'), 'speedtest/state');
  aside = join(world.lab.dir, 'aside');
  await mkdir(aside);
});

afterAll(async () => {
  await world?.down();
});

async function stopAndWait(): Promise<void> {
  await stopJob(world, { purge: false });
  await until(
    () => newestAlloc(world),
    (alloc) => ['complete', 'failed'].includes(alloc?.ClientStatus ?? ''),
    'the end of the allocation',
  );
  expect(serversOn(join(volume, 'pgdata'))).toEqual([]);
}

async function moveAll(from: string, to: string): Promise<void> {
  for (const name of await readdir(from)) await rename(join(from, name), join(to, name));
}

/** Registers the job and returns the id of its new allocation. */
async function startAgain(): Promise<string> {
  const old = await newestAlloc(world);
  await runJobspec(world);
  const fresh = await until(
    () => newestAlloc(world),
    (alloc) => alloc !== undefined && alloc.ID !== old?.ID,
    'a new allocation',
  );
  return fresh?.ID ?? '';
}

const logOf = (allocId: string, task: string, text: string): Promise<string> =>
  until(
    () => taskLog(world, allocId, task),
    (seen) => seen.includes(text),
    `"${text}" in the log of ${task}`,
  );

/** Held back now and for some seconds more, and not one write went through. */
async function expectAppHeldBack(allocId: string): Promise<void> {
  for (let look = 0; look < 8; look++) {
    const alloc = await newestAlloc(world);
    expect(alloc?.ID).toBe(allocId);
    expect(alloc?.TaskStates?.['app']?.State ?? 'pending').toBe('pending');
    await pause(500);
  }
}

describe('a data volume that has lost its content', () => {
  it('is refused by the server, the app is held back, and all is well once the data is back', async () => {
    await expectNothingLost(world);
    const { systemIdentifier } = await world.stats();
    expect(await readFile(state, 'utf8')).toMatch(new RegExp(`^expected ${systemIdentifier} `));
    await stopAndWait();
    await moveAll(volume, aside);
    const allocId = await startAgain();
    const said = await logOf(allocId, 'postgres', `data of system ${systemIdentifier} is expected`);
    expect(said).toContain('holds none');
    await expectAppHeldBack(allocId);
    expect((await readdir(volume)).filter((name) => name.startsWith('pgdata'))).toEqual([]);
    await stopAndWait();
    await moveAll(aside, volume);
    await startAgain();
    await expectNothingLost(world);
    expect((await world.stats()).systemIdentifier).toBe(systemIdentifier);
  });

  it('gets a fresh cluster once the state file is gone too, but the gate does not let the app onto it', async () => {
    await expectNothingLost(world);
    const { systemIdentifier } = await world.stats();
    await stopAndWait();
    await moveAll(volume, aside);
    await rename(state, `${state}.aside`);
    const allocId = await startAgain();
    await logOf(allocId, 'postgres', 'making a new cluster');
    await logOf(allocId, 'postgres', 'database system is ready');
    await logOf(allocId, 'db-gate', 'waiting for a verified database');
    await expectAppHeldBack(allocId);
    await stopAndWait();
    for (const name of await readdir(volume)) await rm(join(volume, name), { recursive: true });
    await moveAll(aside, volume);
    await rename(`${state}.aside`, state);
    await startAgain();
    await expectNothingLost(world);
    expect((await world.stats()).systemIdentifier).toBe(systemIdentifier);
  });
});
