import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClusterState, clusterState, sharedAddress, sharedServer } from './cluster-state.js';
import { runJobspec, until } from './data-volume.js';
import { expectNothingLost, expectOk, expectRefused, explain, pause } from './expectations.js';
import { LabWorld } from './lab-world.js';

let world: LabWorld;

beforeAll(async () => {
  world = await LabWorld.up('e2e-undo', 3);
});

afterAll(async () => {
  await world?.down();
});

/** The app writes where it wrote before, and nothing on the cluster tells that dbctl was here. */
async function expectAsBefore(before: ClusterState): Promise<void> {
  await expectNothingLost(world);
  expect(await clusterState(world)).toEqual(before);
}

/** A superuser's client that comes back as often as it is thrown out, and writes each time. */
class RogueWriter {
  #stopped = false;
  written = 0;
  private readonly done: Promise<void>;

  constructor(config: pg.ClientConfig) {
    this.done = this.#run(config);
  }

  async #run(config: pg.ClientConfig): Promise<void> {
    while (!this.#stopped) {
      const client = new pg.Client(config);
      client.on('error', () => undefined);
      try {
        await client.connect();
        while (!this.#stopped) {
          await client.query(
            "insert into jobs (queue, payload, attempts, available_at, created_at) values ('rogue', '', 0, 0, 0)",
          );
          this.written += 1;
          await pause(20);
        }
      } catch {
        await pause(20);
      } finally {
        await client.end().catch(() => undefined);
      }
    }
  }

  stop(): Promise<void> {
    this.#stopped = true;
    return this.done;
  }
}

const rogueRows = (): Promise<number> =>
  sharedServer(
    world,
    async (client) =>
      (await client.query<{ n: number }>("select count(*)::int as n from jobs where queue = 'rogue'")).rows[0]?.n ?? -1,
    'speedtest',
  );

describe('a move that cannot be', () => {
  it('is refused when the rehearsal predicts more downtime than allowed, each time it is asked for', async () => {
    const before = await clusterState(world);
    expectRefused(await world.move('migrate', '--max-downtime', '0.001s'), 3, 'DOWNTIME_BUDGET');
    await expectAsBefore(before);
    expectRefused(await world.move('migrate', '--max-downtime', '0.001s'), 3, 'DOWNTIME_BUDGET');
    await expectAsBefore(before);
  });

  it('is taken back when a superuser keeps writing on the source behind the fence', async () => {
    const before = await clusterState(world);
    const rogue = new RogueWriter({
      ...(await sharedAddress(world)),
      user: 'postgres',
      password: await world.secret('postgres/admin'),
      database: 'speedtest',
    });
    try {
      const run = await world.move('migrate', '--no-rehearse');
      expectRefused(run, 3, 'FENCE_BROKEN');
      expect(run.json.status, explain(run)).toBe('undone');
    } finally {
      await rogue.stop();
    }
    expect(rogue.written).toBeGreaterThan(20);
    expect(await rogueRows()).toBeGreaterThanOrEqual(rogue.written);
    await expectAsBefore(before);
  });

  it('is stopped before the app is touched when somebody registers the job meanwhile', async () => {
    const original = await world.jobspecText();
    const before = await clusterState(world);
    const running = world.start('migrate', 'speedtest', '--yes', '--confirm', 'speedtest', '--no-rehearse');
    await running.step('preflight');
    await writeFile(world.jobspec, original.replace('APP_NAME = "Speedtest"', 'APP_NAME = "Edited"'));
    await runJobspec(world);
    await writeFile(world.jobspec, original);
    expect(await running.ended, running.stderr).toBe(6);
    expect(running.stdout).toContain('JOB_CHANGED');
    await expectAsBefore(before);
    const job = await world.nomad<{ TaskGroups: { Tasks: { Env: Record<string, string> }[] }[] }>('/v1/job/speedtest');
    expect(job.TaskGroups[0]?.Tasks[0]?.Env['APP_NAME'], "the other's edit stays").toBe('Edited');
    await runJobspec(world);
    await settled('Speedtest');
  });
});

/** The deployment of the job's latest version is over. */
async function settled(name: string): Promise<void> {
  await until(
    () => world.nomad<{ Status: string }>('/v1/job/speedtest/deployment'),
    (deployment) => deployment.Status === 'successful',
    `the deployment of ${name}`,
  );
}

describe('an app that does not come up on its new database', () => {
  it('is taken back by itself with every row, its jobspec byte for byte as before', async () => {
    const { port } = await sharedAddress(world);
    const original = await world.jobspecText();
    // Runs only where DB_PORT is the shared server's.
    const picky = original.replace(
      /command = "\/usr\/bin\/node"\s+args {4}= \["\/opt\/speedtest\/app\.cjs"\]/,
      `command = "/bin/sh"\n        args    = ["-c", "[ \\"$DB_PORT\\" = ${port} ] || exit 1; exec /usr/bin/node /opt/speedtest/app.cjs"]`,
    );
    expect(picky).not.toBe(original);
    await writeFile(world.jobspec, picky);
    await impatient();
    await runJobspec(world);
    await settled('picky');
    const before = await clusterState(world);
    const run = await world.move('migrate', '--no-rehearse');
    expectRefused(run, 4, 'APP_UNHEALTHY');
    expect(run.json.status, explain(run)).toBe('undone');
    await expectNothingLost(world);
    const now = await clusterState(world);
    expect(now.jobspec).toBe(before.jobspec);
    expect({ ...now.app, database: 'speedtest' }).toEqual({ ...before.app, database: 'speedtest' });
    expect(now.roles).toEqual(before.roles);
    expect(live(now)).toEqual(live(before));
    expect(now.jobs).toEqual(before.jobs);
    await writeFile(world.jobspec, original);
    await runJobspec(world);
    await settled('original');
    expectOk(await world.move('migrate', '--no-rehearse'));
    await expectNothingLost(world);
  });
});

/** The service's database as clients see it; a rollback brings a new oid, and keeps the older copy closed beside it. */
const live = (state: ClusterState): unknown[] =>
  state.databases.filter(({ datname }) => !String(datname).includes('__old_')).map((row) => ({ ...row, oid: 'any' }));

async function impatient(): Promise<void> {
  const path = join(world.lab.home, 'dbctl.yaml');
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replace('  finalize:', '  migrate: { healthyDeadline: 10s }\n  finalize:'));
}
