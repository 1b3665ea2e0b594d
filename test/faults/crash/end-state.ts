import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { framedPsql } from '../../../src/adapters/framed-psql.js';
import { nomadAdapter } from '../../../src/adapters/nomad/index.js';
import { TASKS } from '../../../src/plan/names.js';
import { clusterCatalog } from '../../e2e/cluster-state.js';
import type { LabWorld } from '../../e2e/lab-world.js';

/** Everything a finished run leaves, with what differs from run to run by its nature taken out. Equal means: equal ends. */
export interface EndState {
  readonly jobs: readonly string[];
  readonly volumes: readonly string[];
  readonly shared: unknown;
  readonly own: unknown;
  /** Number of the newest version of every secret. */
  readonly vault: Readonly<Record<string, number>>;
  readonly definition: unknown;
  readonly submission: string;
  readonly phase: string;
  /** Text of the operator's files. */
  readonly files: Readonly<Record<string, string>>;
  /** Names below `/backups/<service>` of this run. */
  readonly backups: readonly string[];
}

/** The state of one service, which is called `<svc>` in it, its run `<run>`. */
export async function endState(world: LabWorld, service: string): Promise<EndState> {
  const { run, phase } = await journalOf(world, service);
  const job = (await jobOf(world, service)) ?? service;
  const state = {
    phase,
    jobs: await jobsOf(world),
    volumes: await volumesOf(world),
    shared: await sharedOf(world, run),
    own: await ownOf(world, service),
    vault: await vaultOf(world),
    ...(await definitionOf(world, job)),
    files: await filesOf(world, service),
    backups: await backupsOf(world, service, run),
  };
  return neutral(state, service, run) as EndState;
}

/** A run that was taken back leaves a service as one that was never moved. */
async function journalOf(world: LabWorld, service: string): Promise<{ run: string; phase: string }> {
  const response = await fetch(`${world.lab.nomadAddr}/v1/var/dbctl/services/${service}`);
  if (response.status === 404) return { run: 'no-run', phase: 'none' };
  const { Items } = (await response.json()) as { Items: { journal: string } };
  const { run, phase } = JSON.parse(Items.journal) as { run: string; phase: string };
  return { run, phase: phase === 'undone' ? 'none' : phase };
}

async function jobOf(world: LabWorld, service: string): Promise<string | undefined> {
  const jobs = await world.nomad<{ ID: string; Status: string }[]>(`/v1/jobs?prefix=${service}`);
  return jobs.map(({ ID }) => ID).find((id) => id === service) ?? jobs[0]?.ID;
}

/** Nomad forgets dead jobs in its own time. */
const jobsOf = async (world: LabWorld): Promise<string[]> =>
  (await world.nomad<{ ID: string; Status: string }[]>('/v1/jobs')).flatMap(({ ID, Status }) =>
    Status === 'dead' && !ID.startsWith('dbctl') ? [] : [ID],
  );

/** Without the volume of dumps: it belongs to all services of the node and stays. */
const volumesOf = async (world: LabWorld): Promise<string[]> =>
  (await world.nomad<{ Name: string }[]>('/v1/volumes?type=host'))
    .map(({ Name }) => Name)
    .filter((name) => name !== 'db-backups')
    .sort();

/** Tombstones of earlier rounds are no part of this one. */
async function sharedOf(world: LabWorld, run: string): Promise<unknown> {
  const { databases, roles } = await clusterCatalog(world);
  const tag = run.replaceAll('-', '_');
  const ofThis = databases.filter(
    ({ datname }) => !/__old_\d{8}_/.test(String(datname)) || String(datname).includes(tag),
  );
  return { databases: ofThis.map(({ oid: _, ...rest }) => rest), roles };
}

const OWN = `select jsonb_build_object(
  'databases', (select json_agg(d order by datname) from (select datname, pg_get_userbyid(datdba) as owner, datallowconn, datconnlimit, datacl::text, shobj_description(oid, 'pg_database') as comment from pg_database) d),
  'roles', (select json_agg(r order by rolname) from (select rolname, rolsuper, rolcanlogin, rolconnlimit from pg_roles) r),
  'settings', (select json_agg(s order by s::text) from (select setdatabase::regclass::text, setrole::regrole::text, setconfig from pg_db_role_setting) s),
  'relations', (select json_agg(c order by c::text) from (select relnamespace::regnamespace::text as schema, relname, relkind, pg_get_userbyid(relowner) as owner, relacl::text from pg_class where oid >= 16384 and relnamespace::regnamespace::text !~ '^pg_') c));`;

/** The dedicated server as its superuser sees it, from the toolbox beside it; `null` where there is none. */
async function ownOf(world: LabWorld, service: string): Promise<unknown> {
  return (await onOwnServer(world, service, OWN))?.[0] ?? null;
}

/** As its superuser, over the socket; `undefined` where there is none. */
export async function onOwnServer(world: LabWorld, service: string, script: string): Promise<unknown[] | undefined> {
  const [entry] = await world.nomad<{ AllocID: string; Port: number }[]>(`/v1/service/${service}-postgres`);
  if (!entry) return undefined;
  const sql = framedPsql(nomadAdapter({ address: world.lab.nomadAddr }));
  const server = { allocId: entry.AllocID, task: TASKS.toolbox, host: '${NOMAD_ALLOC_DIR}/pg', database: service };
  // In a network of its own the server listens on 5432, whatever port is registered.
  const ask = (port: number): Promise<unknown[]> => sql.run({ ...server, port }, script);
  return await ask(entry.Port).catch(() => ask(5432));
}

async function vaultOf(world: LabWorld): Promise<Record<string, number>> {
  const ask = async <T>(path: string): Promise<T> => {
    const headers = { 'X-Vault-Token': world.lab.vaultToken.reveal() };
    return ((await (await fetch(`${world.lab.vaultAddr}/v1/${path}`, { headers })).json()) as { data: T }).data;
  };
  const { keys } = await ask<{ keys: string[] }>('secret/metadata/postgres?list=true');
  const versions = keys.map(async (key) => {
    const { current_version } = await ask<{ current_version: number }>(`secret/metadata/postgres/${key}`);
    return [key, current_version] as const;
  });
  return Object.fromEntries(await Promise.all(versions));
}

const INDEXES: ReadonlySet<string> = new Set([
  'CreateIndex',
  'ModifyIndex',
  'JobModifyIndex',
  'SubmitTime',
  'Version',
  'Stable',
  'Status',
]);

async function definitionOf(world: LabWorld, id: string): Promise<Pick<EndState, 'definition' | 'submission'>> {
  const job = await world.nomad<Record<string, unknown>>(`/v1/job/${id}`);
  const { Source } = await world.nomad<{ Source: string }>(`/v1/job/${id}/submission?version=${job['Version']}`);
  const definition = Object.fromEntries(Object.entries(job).filter(([key]) => !INDEXES.has(key)));
  return { definition, submission: Source };
}

async function filesOf(world: LabWorld, service: string): Promise<Record<string, string>> {
  const { home } = world.lab;
  const folder = join(home, 'jobs/src');
  const names = (await readdir(folder)).filter((name) => name.startsWith(service) || name.startsWith('postgresql'));
  const paths = ['dbctl.yaml', ...names.map((name) => `jobs/src/${name}`)];
  return Object.fromEntries(
    await Promise.all(paths.map(async (path) => [path, await readFile(join(home, path), 'utf8')] as const)),
  );
}

async function backupsOf(world: LabWorld, service: string, run: string): Promise<string[]> {
  const volumes = await world.nomad<{ ID: string; Name: string }[]>('/v1/volumes?type=host');
  const volume = volumes.find(({ Name }) => Name === 'db-backups');
  if (!volume) return [];
  const { HostPath } = await world.nomad<{ HostPath: string }>(`/v1/volume/host/${volume.ID}`);
  const folder = join(HostPath, service, run);
  const found = await readdir(folder, { recursive: true }).catch(() => []);
  return found.filter((name) => !/\.dat(\.gz)?$/.test(name)).sort();
}

/** Other names for the same things, so that two rounds, and two services, can be compared. */
function neutral(state: unknown, service: string, run: string): unknown {
  const text = JSON.stringify(state)
    .replaceAll(run, '<run>')
    .replaceAll(run.replaceAll('-', '_'), '<run>')
    .replaceAll(service, '<svc>');
  return JSON.parse(text);
}
