import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ImageReport } from '../../src/report/image-report.js';
import type { ProvisionReport } from '../../src/report/provision-report.js';
import { until } from './data-volume.js';
import { expectRefused, explain } from './expectations.js';
import { LabWorld, type Run } from './lab-world.js';

/** One service is the original; all others are made from its backups. Nothing of it may change by that. */
let world: LabWorld;
beforeAll(async () => {
  world = await LabWorld.up('e2e-image');
}, 300_000);
afterAll(() => world?.down(), 120_000);

const confirmed = (service: string, ...args: string[]): Promise<Run> =>
  world.dbctl(...args, '--yes', '--confirm', service, '--json');

function expectMade(run: Run): ProvisionReport {
  expect({ code: run.code, status: run.json.status }, explain(run)).toEqual({ code: 0, status: 'ok' });
  return run.json as unknown as ProvisionReport;
}

const said = <T>(run: Run): T => {
  expect(run.code, explain(run)).toBe(0);
  return JSON.parse(run.stdout) as T;
};

const passwordOf = (service: string): Promise<string> => world.secret(`postgres/${service}`);

/** As a client elsewhere has it, by the address that Nomad knows. */
async function ask(service: string, sql: string, as: { password?: string } = {}): Promise<Record<string, unknown>[]> {
  const [entry] = await world.nomad<{ Address: string; Port: number }[]>(`/v1/service/${service}-postgres`);
  if (!entry) throw new Error(`${service} is not registered`);
  const password = as.password ?? (await passwordOf(service));
  const client = new pg.Client({ host: entry.Address, port: entry.Port, user: service, database: service, password });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}

const COUNT = 'select count(*)::int as n, current_user::text as who from "my notes".notes';

test('the original gets a database, rows and a backup', async () => {
  expectMade(await confirmed('orig', 'provision', 'orig', '--app', 'miniflux', '--extension', 'pgcrypto'));
  await ask(
    'orig',
    `create schema "my notes"; create table "my notes".notes (id serial primary key, what text);
     insert into "my notes".notes (what) select 'row ' || n from generate_series(1, 2000) n;
     alter default privileges in schema "my notes" grant select on tables to public`,
  );
  const backup = (): Promise<Run> => world.dbctl('backup', 'orig', '--json');
  await until(backup, ({ code }) => code === 0, 'a backup', 120_000);
}, 400_000);

test('a backup with a name is found by it, and not let go by unpin', async () => {
  const made = said<ImageReport>(await world.dbctl('image', 'create', 'orig', 'golden', '--json'));
  expect(made.images).toMatchObject([{ name: 'golden', service: 'orig', rows: 2000 }]);
  const shown = said<ImageReport>(await world.dbctl('image', 'show', 'golden', '--json'));
  expect(shown.details?.extensions).toContain('pgcrypto');
  expect(shown.details?.roles).toContain('orig');
  const set = made.images[0]?.set ?? '';
  expectRefused(await world.dbctl('backups', 'unpin', 'orig', set, '--json'), 3, 'IMAGE_IN_USE');
  expectRefused(await world.dbctl('image', 'show', 'goldne', '--json'), 3, 'IMAGE_NOT_FOUND');
}, 120_000);

test('a new service has every row, under its own role and password; the original is as it was', async () => {
  await ask('orig', `insert into "my notes".notes (what) values ('after the backup')`);
  const report = expectMade(await confirmed('copy', 'restore', 'orig', '--as', 'copy', '--image', 'golden'));
  expect(report.fill).toMatchObject({ from: 'orig', role: { from: 'orig', to: 'copy' }, evidence: { match: true } });
  expect(await ask('copy', COUNT)).toEqual([{ n: 2000, who: 'copy' }]);
  expect(await ask('orig', COUNT)).toEqual([{ n: 2001, who: 'orig' }]);
  expect(await passwordOf('copy')).not.toBe(await passwordOf('orig'));
  await expect(ask('copy', COUNT, { password: await passwordOf('orig') })).rejects.toThrow('password authentication');
  await ask('copy', `insert into "my notes".notes (what) values ('its own'); create table "my notes".more (i int)`);
  expect(await readFile(join(world.lab.home, 'dbctl.yaml'), 'utf8')).toMatch(/^ {2}copy: /m);
}, 300_000);

test('the same again is nothing to do; over another database it is refused', async () => {
  const again = await confirmed('copy', 'restore', 'orig', '--as', 'copy', '--image', 'golden');
  expect({ code: again.code, status: again.json.status }, explain(again)).toEqual({ code: 0, status: 'nothing-to-do' });
  expectRefused(await confirmed('orig', 'restore', 'copy', '--as', 'orig'), 3, 'DATABASE_NOT_EMPTY');
  expectRefused(await confirmed('orig', 'restore', 'orig', '--as', 'orig'), 64, 'USAGE');
}, 120_000);

test('a run that is killed while it restores goes on, and the image is kept meanwhile', async () => {
  const running = world.start('provision', 'again', '--from-image', 'golden', '--yes', '--confirm', 'again');
  await running.step('import');
  await running.kill();
  expectRefused(await confirmed('golden', 'image', 'rm', 'golden'), 3, 'IMAGE_IN_USE');
  expectMade(await confirmed('again', 'provision', 'again', '--resume'));
  expect(await ask('again', COUNT)).toEqual([{ n: 2000, who: 'again' }]);
}, 300_000);

test('the name goes when nobody reads the backup, and the new services back up by themselves', async () => {
  said(await confirmed('golden', 'image', 'rm', 'golden'));
  expect(said<ImageReport>(await world.dbctl('image', 'list', '--json')).images).toEqual([]);
  const backup = (): Promise<Run> => world.dbctl('backup', 'copy', '--json');
  await until(backup, ({ code }) => code === 0, 'a backup of the new service', 120_000);
  const drill = await world.dbctl('drill', 'copy', '--local', '--json');
  expect(drill.code, explain(drill)).toBe(0);
}, 300_000);
