import { createHash } from 'node:crypto';
import pg from 'pg';
import type { LabWorld } from './lab-world.js';

/** What a move may touch and what an undo has to give back. Equal before and after means: nothing was left behind. */
export interface ClusterState {
  readonly jobs: readonly string[];
  /** Without the volume of dumps: it belongs to all services of the node and stays. */
  readonly volumes: readonly string[];
  readonly databases: readonly Record<string, unknown>[];
  readonly roles: readonly Record<string, unknown>[];
  readonly jobspec: string;
  /** Where the app writes. */
  readonly app: { readonly database: unknown; readonly port: unknown; readonly system: unknown };
}

/** Nothing of dbctl on the cluster, and every database, role and right as it is. */
export async function clusterState(world: LabWorld): Promise<ClusterState> {
  const jobs = await world.nomad<{ ID: string; Status: string }[]>('/v1/jobs');
  const volumes = await world.nomad<{ Name: string }[]>('/v1/volumes?type=host');
  const { databases, roles } = await clusterCatalog(world);
  return {
    jobs: jobs.flatMap(({ ID, Status }) => (Status === 'dead' && !ID.startsWith('dbctl') ? [] : [ID])).sort(),
    volumes: volumes
      .map(({ Name }) => Name)
      .filter((name) => name !== 'db-backups')
      .sort(),
    databases,
    roles,
    jobspec: await world.jobspecText(),
    app: await appFacts(world),
  };
}

/** Databases and roles of the shared server with every right. */
export const clusterCatalog = (world: LabWorld): Promise<Pick<ClusterState, 'databases' | 'roles'>> =>
  sharedServer(world, async (client) => ({
    databases: (await client.query(DATABASES)).rows,
    roles: (await client.query(ROLES)).rows.map(hashed),
  }));

const DATABASES = `select d.oid::text, datname, pg_get_userbyid(datdba) as owner, datallowconn, datconnlimit,
  (select json_agg(x.t order by x.t) from (select format('%s %s %s', a.grantee::regrole, a.privilege_type, a.is_grantable) as t
     from aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a) x) as rights,
  shobj_description(d.oid, 'pg_database') as comment
  from pg_database d order by datname`;

const ROLES = `select rolname, rolsuper, rolcanlogin, rolconnlimit, rolvaliduntil, rolpassword from pg_authid order by rolname`;

const hashed = (row: Record<string, unknown>): Record<string, unknown> => ({
  ...row,
  rolpassword: createHash('sha256').update(String(row['rolpassword'])).digest('hex'),
});

async function appFacts(world: LabWorld): Promise<ClusterState['app']> {
  const stats = await world.stats();
  return { database: stats.database, port: stats.serverPort, system: stats.systemIdentifier };
}

/** A superuser's session on the shared server, over TCP with the password from Vault, as an operator has it. */
export async function sharedServer<T>(
  world: LabWorld,
  use: (client: pg.Client) => Promise<T>,
  database = 'postgres',
): Promise<T> {
  const client = new pg.Client({
    ...(await sharedAddress(world)),
    user: 'postgres',
    password: await world.secret('postgres/admin'),
    database,
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

export async function sharedAddress(world: LabWorld): Promise<{ host: string; port: number }> {
  const [entry] = await world.nomad<{ Address: string; Port: number }[]>('/v1/service/postgresql');
  if (!entry) throw new Error('the shared server is not registered');
  return { host: entry.Address, port: entry.Port };
}
