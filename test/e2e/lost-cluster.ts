import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { expect } from 'vitest';
import { parseDocument } from 'yaml';
import { appApi } from '../../lab/app-client.js';
import { compareLedger, parseTokens, readLedger } from '../../lab/audit.js';
import type { LabService } from '../../lab/index.js';
import { keepRemains, keptLedger } from '../../lab/lost.js';
import type { BackupAllReport } from '../../src/report/backup-report.js';
import { until } from './data-volume.js';
import { expectOk, explain } from './expectations.js';
import type { LabWorld, Run } from './lab-world.js';

/** No other lab takes this number, so that the second cluster has the addresses that are in the first one's jobspecs. */
export const NUMBER = 77;

export const MOVED: readonly LabService[] = ['speedtest', 'grafana', 'vaultwarden'];
/** These are on the shared instance when it is lost; the last one has two databases. */
export const SHARED: readonly LabService[] = ['gitea', 'authelia', 'prowlarr'];

/** A service of dbctl's own making, with all that is hard to carry. */
export const ODD = { service: 'odd', main: 'Ab "c', second: "it's; -- two" } as const;

const said = <T>(run: Run): T => {
  expect(run.code, explain(run)).toBe(0);
  return JSON.parse(run.stdout) as T;
};

async function passwordOf(world: LabWorld, service: string): Promise<string> {
  return await world.secret(`postgres/${service}`);
}

/** As a client elsewhere has it, by the address that Nomad knows. */
export async function askOdd(world: LabWorld, database: string, sql: string): Promise<Record<string, unknown>[]> {
  const { service } = ODD;
  const [entry] = await world.nomad<{ Address: string; Port: number }[]>(`/v1/service/${service}-postgres`);
  if (!entry) throw new Error(`${service} is not registered`);
  const login = {
    host: entry.Address,
    port: entry.Port,
    user: service,
    database,
    password: await passwordOf(world, service),
  };
  const client = new pg.Client(login);
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}

export const NASTY = `create schema "my notes";
create table "my notes"."no ""te" (id serial primary key, "what; drop" text, at timestamptz default now());
insert into "my notes"."no ""te" ("what; drop") select 'row ' || n || ' é "q" ''s''' from generate_series(1, 3000) n;
create table parts (k int, v text) partition by hash (k);
create table parts_0 partition of parts for values with (modulus 2, remainder 0);
create table parts_1 partition of parts for values with (modulus 2, remainder 1);
insert into parts select n, md5(n::text) from generate_series(1, 500) n;
create materialized view totals as select count(*) as n from parts;
create function shout(text) returns text language sql immutable as $$ select upper($1) $$;
create index on parts (shout(v));
select lo_from_bytea(0, convert_to(repeat('large ', 20000), 'UTF8'));`;

/** What a person compares with his own eyes. */
export const ODD_SUMS = `select (select count(*)::int from "my notes"."no ""te") as notes,
 (select md5(string_agg("what; drop", '|' order by id)) from "my notes"."no ""te") as text,
 (select count(*)::int from parts) as parts, (select n::int from totals) as totals,
 (select sum(length(lo_get(oid)))::int from pg_largeobject_metadata) as large,
 encode(digest('x', 'sha256'), 'hex') as crypto, current_user::text as who`;

/** Moves some, makes one, and backs up all of them with copies elsewhere. */
export async function makeCluster(world: LabWorld, moved: readonly LabService[] = MOVED): Promise<void> {
  // A database in a job of its own logs in to Vault by a role of its own.
  const path = join(world.lab.home, 'dbctl.yaml');
  await writeFile(path, (await readFile(path, 'utf8')).replace(/^vault:$/m, 'vault:\n  role: databases'));
  for (const service of moved) expectOk(await world.moveService(service, 'migrate', '--no-rehearse'));
  const { service, main, second } = ODD;
  const names = ['--database', main, '--database', second, '--extension', 'pgcrypto'];
  said(await world.dbctl('provision', service, '--app', 'miniflux', ...names, '--yes', '--confirm', service, '--json'));
  await askOdd(world, main, NASTY);
  await askOdd(world, second, 'create table other (i int); insert into other select generate_series(1, 77)');
  said(await world.dbctl('backup', 'deploy-shared', '--yes', '--json'));
}

/** What was acknowledged before that instant has to be there afterwards. */
export async function loseCluster(world: LabWorld, folder: string): Promise<string> {
  const began = new Date().toISOString();
  const backup = (): Promise<Run> => world.dbctl('backup-all', '--json');
  const run = await until(backup, ({ code }) => code === 0, 'a backup of everything', 240_000);
  const report = said<BackupAllReport>(run);
  expect(
    report.rows.every(({ copies, sets }) => copies === sets && sets > 0),
    explain(run),
  ).toBe(true);
  await keepRemains(world.lab, folder);
  await withoutFreshRss(join(folder, 'home', 'dbctl.yaml'));
  return began;
}

/** It keeps its address in a file of its own, which is lost here: such an app comes back after its files, which are not dbctl's. */
async function withoutFreshRss(path: string): Promise<void> {
  const inventory = parseDocument(await readFile(path, 'utf8'));
  inventory.deleteIn(['services', 'freshrss']);
  await writeFile(path, inventory.toString({ lineWidth: 0 }));
}

/** Every write that the app had been promised by then. */
export async function expectWritesUntil(
  world: LabWorld,
  { service, folder, instant }: { readonly service: LabService; readonly folder: string; readonly instant: string },
): Promise<void> {
  await world.stats(service);
  const rows = parseTokens(await appApi(world.urlOf(service)).call<string>('get', '/dump-tokens'));
  const ledger = (await readLedger(keptLedger(folder, service))).filter(({ ts }) => ts <= instant);
  const { acknowledged, missing, doubled } = compareLedger(ledger, rows);
  expect({ service, missing, doubled }).toEqual({ service, missing: [], doubled: [] });
  expect(acknowledged).toBeGreaterThan(5);
  await world.untilWriting(service);
}
