import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { storePath, TARGET } from '../../lab/offsite/servers.js';
import type { BackupReport } from '../../src/report/backup-report.js';
import type { BackupSetsReport } from '../../src/report/backups-report.js';
import type { DrillReport, DrillsReport } from '../../src/report/drill-report.js';
import type { MetricsDocument } from '../../src/report/metrics.js';
import type { StatusReport } from '../../src/report/status-report.js';
import { fileName } from '../../src/shared/file-name.js';
import { type ClusterState, clusterState, sharedServer } from './cluster-state.js';
import { expectNothingLost, expectOk, explain } from './expectations.js';
import { LabWorld, type Run } from './lab-world.js';

/** Of a service that has not moved: each of its databases on the shared instance has sets of its own, in a real S3 store. */
const ODD = 'Speedtest "log" / ü';
const DATABASES = ['speedtest', ODD];

let world: LabWorld;
let before: ClusterState;

const said = <T>(run: Run): T => JSON.parse(run.stdout) as T;

beforeAll(async () => {
  world = await LabWorld.up('e2e-shared-drills', { scale: 1, offsite: true });
  const path = join(world.lab.home, 'dbctl.yaml');
  const document = parseDocument(readFileSync(path, 'utf8'));
  document.setIn(['services', 'speedtest', 'databases'], document.createNode(DATABASES));
  document.setIn(
    ['services', 'speedtest', 'drill'],
    document.createNode({ assertions: [{ sql: 'select 1', expect: '1' }] }),
  );
  writeFileSync(path, document.toString({ lineWidth: 0 }));
  await sharedServer(world, (client) =>
    client.query(`create database ${pg.escapeIdentifier(ODD)} owner speedtest encoding 'UTF8' template template0`),
  );
  const rows = `create table entries as select n, 'line ' || n as text from generate_series(1, 500) n`;
  await sharedServer(world, (client) => client.query(`set role speedtest; ${rows}`), ODD);
  await sharedServer(world, (client) =>
    client.query(`alter database ${pg.escapeIdentifier(ODD)} set work_mem to '5MB';
      create role reader; grant connect on database ${pg.escapeIdentifier(ODD)} to reader`),
  );
});
afterAll(() => world?.down());

async function drilled(...args: string[]): Promise<{ run: Run; drill: DrillReport }> {
  const run = await world.dbctl('drill', 'speedtest', '--json', ...args);
  const [drill] = said<DrillsReport>(run).drills;
  expect(drill, explain(run)).toBeDefined();
  return { run, drill: drill as DrillReport };
}

async function expectNothingLeft(): Promise<void> {
  expect(await world.nomad<unknown[]>('/v1/jobs?prefix=dbctl-drill-')).toEqual([]);
  expect(await clusterState(world)).toEqual(before);
}

async function expectClean(from: string, ...args: string[]): Promise<DrillReport> {
  const { run, drill } = await drilled(...args);
  expect({ code: run.code, drill }, explain(run)).toMatchObject({
    code: 0,
    drill: { status: 'ok', findings: [], notes: [], set: { from }, evidence: { match: true } },
  });
  expect(drill.evidence?.databases.map(({ database }) => database)).toEqual(DATABASES);
  expect(drill.checks.join('\n')).toContain('select 1: 1');
  await expectNothingLeft();
  return drill;
}

const objectOf = (database: string, id: string, name: string): string => {
  const folder = join(storePath(world.lab.dir), TARGET, 'db', 'postgresql', fileName(database));
  const found = readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => join(entry.parentPath, entry.name))
    .find((path) => path.includes(id) && path.endsWith(`/${name}`));
  if (found === undefined) throw new Error(`no ${name} of ${id} below ${folder}`);
  return found;
};

describe('a service on the shared instance', () => {
  it('that nothing backs up is told so', async () => {
    const { run, drill } = await drilled();
    expect({ code: run.code, drill }, explain(run)).toMatchObject({
      code: 3,
      drill: { status: 'error', findings: [], error: { code: 'JOB_NOT_FOUND', next: 'dbctl backup deploy-shared' } },
    });
  });

  it('is restored from the copies of all its databases, as they were, and compared', async () => {
    const deployed = await world.dbctl('backup', 'deploy-shared', '--yes', '--json');
    expect(deployed.code, explain(deployed)).toBe(0);
    expectOk(await world.dbctl('backup', 'speedtest', '--json'));
    before = await clusterState(world);
    const drill = await expectClean(TARGET);
    expect(drill.parts.map(({ id }) => id)).toEqual(['start', 'fetch', 'restore', 'verify', 'check']);
    const { catalogs } = said<BackupSetsReport>(await world.dbctl('backups', 'speedtest', '--json'));
    expect(catalogs.map(({ row }) => row.drill)).toMatchObject(DATABASES.map(() => ({ status: 'ok' })));
    const { services } = said<StatusReport>(await world.dbctl('status', '--json'));
    expect(services.find(({ service }) => service === 'speedtest')?.drill).toMatchObject({ status: 'ok' });
    const { families } = said<MetricsDocument>(await world.dbctl('metrics', '--json'));
    const possible = families.find(({ name }) => name === 'dbctl_drill_possible')?.samples ?? [];
    const drillable = possible.filter(({ value }) => value === 1).map(({ labels }) => labels['service']);
    expect(drillable.toSorted()).toEqual(DATABASES.map((name) => `postgresql/${fileName(name)}`).toSorted());
  });

  it('is restored from the sets as they lie on the volume, too', async () => {
    await expectClean('backup volume', '--local');
  });

  it('is corrupt when a copy of one of its databases is', async () => {
    const run = await world.dbctl('backup', 'speedtest', '--json');
    expectOk(run);
    const odd = said<BackupReport>(run).sets.find(({ databases }) =>
      databases.some(({ database }) => database === ODD),
    );
    appendFileSync(objectOf(ODD, odd?.id ?? '', 'globals.sql.age'), 'x');
    const found = await drilled();
    expect({ code: found.run.code, findings: found.drill.findings }, explain(found.run)).toMatchObject({
      code: 4,
      findings: [{ code: 'DRILL_CORRUPT' }],
    });
    expect(found.drill.findings[0]?.next).toContain('dbctl backup speedtest');
    await expectNothingLeft();
    expectOk(await world.dbctl('backup', 'speedtest', '--json'));
    await expectClean(TARGET);
  });

  it('is asked which, where one id cannot name all that it has', async () => {
    const run = await world.dbctl('drill', 'speedtest', '--from', '000001-20261128T023000Z', '--json');
    expect(run.code, explain(run)).toBe(64);
  });

  it('takes its turn among all of them, and is as it was', async () => {
    const run = await world.dbctl('drill', '--all', '--json');
    const { drills, waiting } = said<DrillsReport>(run);
    expect([drills.map(({ service, status }) => [service, status]), waiting], explain(run)).toEqual([
      [['speedtest', 'ok']],
      [],
    ]);
    await world.untilWriting();
    await expectNothingLost(world);
  });
});
