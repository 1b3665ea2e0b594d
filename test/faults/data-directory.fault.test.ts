import { chown, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { staticVolumePath } from '../../lab/nomad-agent.js';
import { expectNothingLost, expectOk, expectRefused, explain, pause } from '../e2e/expectations.js';
import { LabWorld } from '../e2e/lab-world.js';
import { fault } from './fault.js';

let world: LabWorld;

beforeAll(async () => {
  world = await LabWorld.up('fault-data-dir', { scale: 1 });
});

afterAll(async () => {
  await world?.down();
});

/** Pids of programs of that name in tasks of the job: a task's control group is named after its allocation. */
async function pidsOf(name: string): Promise<number[]> {
  const allocs = await world.nomad<{ ID: string }[]>('/v1/job/speedtest/allocations');
  const found: number[] = [];
  for (const pid of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))) {
    const command = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
    if (command.trim() !== name) continue;
    const cgroup = await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '');
    if (allocs.some(({ ID }) => cgroup.includes(ID))) found.push(Number(pid));
  }
  return found;
}

async function killFirst(name: string): Promise<boolean> {
  for (let left = 1500; left > 0; left--) {
    const [pid] = await pidsOf(name);
    if (pid !== undefined) return process.kill(pid, 'SIGKILL');
    await pause(10);
  }
  return false;
}

fault(30, 'half a cluster, without PG_VERSION, on a volume that is not of dbctl', async () => {
  const before = await world.jobspecText();
  // Leaves the volume of dumps: dbctl makes none beside a volume of the client configuration.
  expectOk(await world.move('migrate', '--rehearse'));
  const volume = staticVolumePath(world.lab.dir);
  const { uid, gid } = await stat(volume);
  const half = join(volume, 'pgdata');
  for (const dir of [half, join(half, 'base'), join(half, 'global')]) {
    await mkdir(dir, { mode: 0o700 });
    await chown(dir, uid, gid);
  }
  const path = join(world.lab.home, 'dbctl.yaml');
  const inventory = await readFile(path, 'utf8');
  const kind = 'volume: { kind: host, name: static_speedtest_postgres_data }';
  await writeFile(path, inventory.replace('  speedtest: {', `  speedtest: { ${kind},`));
  try {
    const refused = await world.move('migrate', '--no-rehearse');
    expectRefused(refused, 3, 'VOLUME_HOLDS_DATA');
    expect(`${refused.stdout}${refused.stderr}`).toContain('only if no server ever used it');
  } finally {
    await writeFile(path, inventory);
    await rm(half, { recursive: true });
  }
  expect(await world.jobspecText()).toBe(before);
  await expectNothingLost(world);
  return 'exit 3, VOLUME_HOLDS_DATA: to be emptied only if no server ever used it';
});

fault(30, 'initdb is killed in the first start of the new server', async () => {
  const moving = world.move('migrate', '--no-rehearse');
  expect(await killFirst('initdb')).toBe(true);
  const run = await moving;
  expectOk(run);
  expect(run.json.evidence?.match, explain(run)).toBe(true);
  await expectNothingLost(world);
  expectOk(await world.move('rollback'));
  await expectNothingLost(world);
  return 'a cluster gets its name only when it is whole: the half one is thrown away, the move goes on';
});
