import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DiscoverReport } from '../../src/usecases/discover.js';
import { sharedAddress } from './cluster-state.js';
import { CANARY, makeDatabases, runServices, type WrittenService, writtenServices } from './differently-written.js';
import { pause } from './expectations.js';
import { LabWorld } from './lab-world.js';

let world: LabWorld;
let services: WrittenService[];
let open: pg.Client;

beforeAll(async () => {
  const lab = await LabWorld.up('e2e-discover', { scale: 1 });
  const { nomadAddr, vaultAddr, vaultToken } = lab.lab;
  world = lab.with({ NOMAD_ADDR: nomadAddr, VAULT_ADDR: vaultAddr, VAULT_TOKEN: vaultToken.reveal() });
  const address = await sharedAddress(world);
  services = writtenServices(address);
  await makeDatabases(world, services);
  open = new pg.Client({ ...address, user: 'd02', database: 'd02', password: CANARY });
  await open.connect();
  await runServices(world, services);
  await untilAllRun();
});

afterAll(async () => {
  await open?.end();
  await world?.down();
});

async function untilAllRun(): Promise<void> {
  for (let left = 300; left > 0; left--) {
    const allocs = await world.nomad<{ JobID: string; ClientStatus: string }[]>('/v1/allocations');
    const running = new Set(allocs.filter(({ ClientStatus }) => ClientStatus === 'running').map(({ JobID }) => JobID));
    if (services.every(({ job }) => running.has(job))) return;
    await pause(1_000);
  }
  throw new Error('not all services run');
}

describe('discover on a real cluster', { shuffle: false }, () => {
  let report: DiscoverReport;
  let texts: string;

  it('answers with a document of its published schema, and without a secret', async () => {
    const run = await world.dbctl('discover', '--ci', '--json');
    expect(run.stderr).not.toContain('INTERNAL');
    report = JSON.parse(run.stdout) as DiscoverReport;
    expect([run.code, run.json.schema]).toEqual([2, 'dbctl.discover/1']);
    const drawn = await world.dbctl('discover');
    expect(drawn.code).toBe(0);
    texts = run.stdout + run.stderr + drawn.stdout + drawn.stderr;
    expect(texts).not.toContain(CANARY);
    expect(report.gaps).toEqual([]);
  });

  it('finds every database under its true name, and claims none for whoever uses none', () => {
    const found = report.services.filter(({ job }) => job.startsWith('w-'));
    const claims = Object.fromEntries(found.map(({ job, databases }) => [job, databases]));
    const expected = services.filter(({ databases }) => databases.length > 0);
    expect(expected.length).toBeGreaterThanOrEqual(25);
    expect(claims).toEqual({
      ...Object.fromEntries(expected.map(({ job, databases }) => [job, databases])),
      'w-missing': [],
    });
    expect(report.services.find(({ job }) => job === 'speedtest')).toMatchObject({ databases: ['speedtest'] });
  });

  it('says how sure it is: certain only where somebody is connected', () => {
    const written = report.services.filter(({ job }) => job.startsWith('w-'));
    const sure = (word: string): string[] =>
      written.filter(({ confidence }) => confidence === word).map(({ job }) => job);
    expect(sure('certain')).toEqual(['w-parts']);
    expect(sure('unclear')).toEqual(['w-missing']);
  });

  it('names what nobody uses, what leads nowhere and what is not there', () => {
    const told = (code: string): string[] =>
      report.findings.filter((one) => one.code === code).map(({ where, text }) => `${where} ${text}`);
    expect(told('DATABASE_UNCLAIMED').join('\n')).toContain('database nobodys');
    expect(told('CLIENT_WITHOUT_SERVER')).toEqual([expect.stringMatching(/^w-elsewhere\/app .*db\.example\.org/)]);
    expect(told('DATABASE_NOT_FOUND')).toEqual([expect.stringMatching(/^w-missing\/app .*not_there/)]);
  });
});
