import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readDatabase } from '../../lab/apps/freshrss/config-php.js';
import { type AppContent, appOf, type LabService, SERVICES } from '../../lab/index.js';
import { SERVICE_FACTS } from '../../lab/services.js';
import { sharedServer } from './cluster-state.js';
import { expectNothingLost, expectOk, explain } from './expectations.js';
import { LabWorld } from './lab-world.js';

const EVERY: readonly LabService[] = ['speedtest', ...SERVICES.filter((name) => name !== 'speedtest'), 'prowlarr'];

let world: LabWorld;
const before = new Map<LabService, { jobspec: string; content: AppContent[]; system: string | null }>();

beforeAll(async () => {
  world = await LabWorld.up('e2e-all', { scale: 1, all: true });
  for (const service of EVERY) {
    const [jobspec, content] = await Promise.all([world.jobspecText(service), world.content(service)]);
    before.set(service, { jobspec, content, system: (await world.stats(service)).systemIdentifier });
  }
});

afterAll(async () => {
  await world?.down();
});

/** Names of the shared server's databases, tombstones included. */
const sharedDatabases = (): Promise<string[]> =>
  sharedServer(world, async (client) =>
    (await client.query<{ datname: string }>('select datname from pg_database')).rows.map(({ datname }) => datname),
  );

/** On a server of its own, all writes and all old content there, the old databases only as tombstones. */
async function expectOnItsOwn(service: LabService): Promise<void> {
  const stats = await world.stats(service);
  expect(stats.systemIdentifier).not.toBe(before.get(service)?.system);
  expect(await world.content(service)).toEqual(before.get(service)?.content);
  await expectNothingLost(world, service);
  const { databases } = SERVICE_FACTS[service];
  expect(stats.databases?.map(({ database }) => database)).toEqual(databases);
  const names = await sharedDatabases();
  for (const database of databases) {
    expect(names).not.toContain(database);
    expect(
      names.filter((name) => name.startsWith(`${database}__old_`)),
      database,
    ).not.toEqual([]);
  }
}

// In this order: each builds on the one before.
describe('every service of the lab, its app under load', { shuffle: false }, () => {
  it.each<LabService>(['vaultwarden', 'freshrss'])(
    '%s there and back, its jobspec byte for byte as before',
    async (service) => {
      expectOk(await world.moveService(service, 'migrate', '--no-rehearse'));
      await expectOnItsOwn(service);
      expectOk(await world.moveService(service, 'rollback'));
      expect(await world.jobspecText(service)).toBe(before.get(service)?.jobspec);
      expect((await world.stats(service)).systemIdentifier).toBe(before.get(service)?.system);
      await expectNothingLost(world, service);
    },
  );

  it('all by priority in one go', { timeout: 900_000 }, async () => {
    const run = await world.dbctl('migrate', '--all', '--yes', '--no-rehearse', '--json');
    expect(run.code, explain(run)).toBe(0);
  });

  it.each(EVERY)('%s is alive on its own database, with all it had and all it wrote', async (service) => {
    await expectOnItsOwn(service);
  });

  it('the file that freshrss keeps for itself names its own database, for both of its tasks', async () => {
    const stats = await world.stats('freshrss');
    const file = await readFile(join(appOf(world.lab, 'freshrss').ledgerDir, 'config.php'), 'utf8');
    expect(readDatabase(file)).toMatchObject({
      host: `127.0.0.1:${stats.serverPort}`,
      user: 'freshrss',
      base: 'freshrss',
    });
  });

  it('the shared instance is not stopped while something is left on it', async () => {
    const run = await world.dbctl('decommission', '--yes', '--confirm', 'postgresql', '--json');
    expect(run.code, explain(run)).toBe(3);
    expect(run.json.error).toMatchObject({ code: 'DECOMMISSION_GATE' });
    expect(run.json.error?.details.join('\n')).toContain('grafana is not finalized');
  });

  it('all are finalized in one go, and the shared instance is empty and can go', { timeout: 600_000 }, async () => {
    const finalized = await world.dbctl('finalize', '--all', '--yes', '--json');
    expect(finalized.code, explain(finalized)).toBe(0);
    expect((await sharedDatabases()).toSorted()).toEqual(['postgres', 'template0', 'template1']);
    const decommission = (...more: string[]) =>
      world.dbctl('decommission', '--yes', '--confirm', 'postgresql', '--json', ...more);
    // What freshrss was installed with still stands in its jobspec; it reads its own file.
    const refused = await decommission();
    expect(refused.json.error?.details, explain(refused)).toEqual([
      'job freshrss, task freshrss names the shared instance in its settings',
    ]);
    const run = await decommission('--ignore-job', 'freshrss');
    expect(run.code, explain(run)).toBe(0);
    expect(run.json.status).toBe('ok');
    expect((await decommission()).json.status).toBe('nothing-to-do');
  });

  it.each(EVERY)('%s goes on without the shared instance, nothing lost', async (service) => {
    await world.untilWriting(service);
    expect(await world.content(service)).toEqual(before.get(service)?.content);
    await expectNothingLost(world, service);
  });
});
