import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { sharedAddress } from '../cluster-state.js';
import type { Victim } from './victim.js';
import { PASSWORD } from './victim-texts.js';

export async function verifier(victim: Victim, text: string | null): Promise<void> {
  const { rows } = await victim.sql("select rolpassword from pg_authid where rolname = 'victim'");
  victim.later(() => victim.sql(`alter role victim password '${rows[0]?.rolpassword}'`));
  await victim.sql(`alter role victim password ${text === null ? 'null' : `'${text}'`}`);
}

/** A session of the app's role that stays open until the end of the case. */
export async function session(victim: Victim, database: string): Promise<pg.Client> {
  const client = new pg.Client({
    ...(await sharedAddress(victim.world)),
    user: 'victim',
    password: PASSWORD,
    database,
  });
  client.on('error', () => undefined);
  await client.connect();
  victim.later(() => client.end());
  return client;
}

/** As many as the server lets in, at most `count`. */
export async function sessions(victim: Victim, count: number): Promise<void> {
  for (let open = 0; open < count; open++)
    if ((await session(victim, 'victim').catch(() => undefined)) === undefined) return;
}

/** The server runs on, but nobody finds its socket. */
export async function hideSocket(victim: Victim): Promise<void> {
  const run = join(await sharedTask(victim), 'var/run/postgresql');
  const socket = join(run, `.s.PGSQL.${await victim.sharedPort()}`);
  victim.later(() => rename(`${socket}.hidden`, socket));
  await rename(socket, `${socket}.hidden`);
}

/** An extension that the shared server alone has: its files are in that task's own file system. */
export async function extension(victim: Victim, name: string): Promise<void> {
  const folder = join(await sharedTask(victim), 'usr/share/postgresql/15/extension');
  await victim.write(join(folder, `${name}.control`), "default_version = '1.0'\n");
  await victim.write(join(folder, `${name}--1.0.sql`), 'select 1;\n');
  await victim.alter(`create extension ${name}`, `drop extension ${name}`, 'victim');
}

/** Root of the shared server's task on this machine. */
async function sharedTask(victim: Victim): Promise<string> {
  const allocs = await victim.world.nomad<{ ID: string; ClientStatus: string }[]>('/v1/job/postgresql/allocations');
  const alloc = allocs.find(({ ClientStatus }) => ClientStatus === 'running')?.ID ?? '';
  return join(victim.world.lab.dir, 'nomad/alloc', alloc, 'postgres');
}
