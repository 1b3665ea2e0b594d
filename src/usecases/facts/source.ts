import type { z } from 'zod';
import { databasesSql } from '../../engines/postgres/identity.js';
import { preflightSql } from '../../engines/postgres/preflight.js';
import { rolesSql } from '../../engines/postgres/roles.js';
import { sessionsSql } from '../../engines/postgres/sessions.js';
import { type DbctlError, isDbctlError } from '../../errors/dbctl-error.js';
import type { InventoryService } from '../../inventory/types.js';
import type { AppEnvironment, DatabaseFacts, SourceFacts, Unusable } from '../../plan/facts.js';
import { resolveIdentity } from '../../plan/identity.js';
import { imageOfTask } from '../../plan/image.js';
import { isLive } from '../../plan/node-json.js';
import type { Allocation } from '../../ports/nomad.js';
import type { SqlTarget } from '../../ports/sql.js';
import { askTask } from './ask-task.js';
import type { ClusterFacts } from './cluster.js';
import type { FactsDeps } from './facts-deps.js';
import { registeredAddress } from './shared-address.js';
import { identityRow, preflightOf, readRows, roleFactsOf, roleRow, sessionFactsOf } from './source-rows.js';

type SourceDeps = Pick<FactsDeps, 'nomad' | 'consul' | 'sql' | 'inventory' | 'signal'>;
type IdentityRow = z.infer<typeof identityRow>;

/** The shared instance and the app's database on it, or in words why it cannot be read. */
export const collectSource = async (
  deps: SourceDeps,
  service: InventoryService,
  app: readonly AppEnvironment[],
  cluster: ClusterFacts,
): Promise<SourceFacts | Unusable> => {
  const { job, task } = deps.inventory.shared;
  const allocation = await sharedAllocation(deps);
  if (isRefusal(allocation)) return allocation;
  try {
    return await readSource(deps, { service, app, allocation, cluster });
  } catch (error) {
    if (isDbctlError(error, 'DATABASE_UNAVAILABLE') || isDbctlError(error, 'EXEC_FAILED'))
      return {
        code: error.code,
        text: saying(error, `job ${job}, task ${task}`),
        next: `nomad alloc logs -job ${job} ${task}`,
      };
    throw error;
  }
};

// An allocation's JSON is open, so `code` alone would not tell them apart.
const saying = (error: DbctlError, where: string): string =>
  [`${where}: ${error.message}`, ...(error.value === undefined ? [] : [error.value])].join(': ');

const isRefusal = (value: Allocation | Unusable): value is Unusable => !('TaskStates' in value);

interface SourceInput {
  readonly service: InventoryService;
  readonly app: readonly AppEnvironment[];
  readonly allocation: Allocation;
  readonly cluster: ClusterFacts;
}

const readSource = async (
  deps: SourceDeps,
  { service, app, allocation, cluster }: SourceInput,
): Promise<SourceFacts> => {
  const server: SqlTarget = { allocId: allocation.ID, task: deps.inventory.shared.task, database: 'postgres' };
  const [rows, address, owner] = await Promise.all([
    run(deps, server, databasesSql()),
    sharedAddress(deps, app, cluster),
    serverOwner(deps, server),
  ]);
  const all = readRows(identityRow, rows, 'databases');
  const identities = all.filter(({ allowConn }) => allowConn);
  const closed = all.filter(({ allowConn }) => !allowConn).map(({ datname }) => datname);
  const databases = identities.map(({ datname }) => datname);
  // Sessions elsewhere can only be looked for once a candidate is known; the plan resolves again with them.
  const own = resolveIdentity({ service, app, present: databases, closed, roleSessionsIn: [] });
  const found = own.databases.flatMap((name) => identities.find(({ datname }) => datname === name) ?? []);
  return {
    allocId: allocation.ID,
    nodeId: allocation.NodeID,
    nodeName: allocation.NodeName ?? '',
    ...address,
    serverVersion: identities[0]?.serverVersion ?? 0,
    systemIdentifier: identities[0]?.systemIdentifier ?? '',
    databases,
    closedDatabases: closed,
    ...(own.role === null ? NOTHING_KNOWN : await readDatabases(deps, server, found, own.role)),
    ...serverImage(deps, cluster),
    owner,
  };
};

type AboutDatabases = Pick<SourceFacts, 'moving' | 'sessions' | 'roleSessionsIn'>;

const NOTHING_KNOWN: AboutDatabases = { moving: [], sessions: [], roleSessionsIn: [] };

const run = (deps: SourceDeps, target: SqlTarget, script: string): Promise<unknown[]> =>
  deps.sql.run(target, script, { signal: deps.signal });

/** One database after the other: each look takes sessions, and a small instance has few to give. */
const readDatabases = async (
  deps: SourceDeps,
  server: SqlTarget,
  rows: readonly IdentityRow[],
  role: string,
): Promise<AboutDatabases> => {
  const together = rows.map(({ datname }) => datname);
  const about: AboutDatabase[] = [];
  for (const row of rows) about.push(await readDatabase(deps, server, row, { role, together }));
  return {
    moving: about.map(({ database }) => database),
    sessions: sessionFactsOf(about.flatMap(({ sessions }) => sessions)),
    roleSessionsIn: about[0]?.roleSessionsIn ?? [],
  };
};

interface AboutDatabase {
  readonly database: DatabaseFacts;
  /** Rows as the server gave them. */
  readonly sessions: readonly unknown[];
  /** Of the role, whichever database was asked. */
  readonly roleSessionsIn: readonly string[];
}

const readDatabase = async (
  deps: SourceDeps,
  server: SqlTarget,
  row: IdentityRow,
  { role, together }: { readonly role: string; readonly together: readonly string[] },
): Promise<AboutDatabase> => {
  const { datname: name, oid, owner, encoding, collate, ctype, provider, locale, sizeBytes } = row;
  const collation = { recorded: row.collversion, actual: row.collactual };
  const [checks, roles, sessions] = await Promise.all([
    run(deps, { ...server, database: name }, preflightSql(name, role)),
    run(deps, server, rolesSql(name, role, together)),
    run(deps, server, sessionsSql(name)),
  ]);
  const { preflight, tables } = preflightOf(checks);
  const found = readRows(roleRow, roles, 'roles').find((item) => item.name === role);
  const roleFacts = found === undefined ? null : roleFactsOf(found);
  return {
    database: {
      ...{ name, oid, owner, encoding, collate, ctype, provider, locale, collation, sizeBytes },
      ...{ tables, role: roleFacts, preflight },
    },
    sessions,
    roleSessionsIn: found?.sessionsIn ?? [],
  };
};

/** Exactly one: with two servers nobody can say which one the app writes to. */
const sharedAllocation = async (deps: SourceDeps): Promise<Allocation | Unusable> => {
  const { job, task } = deps.inventory.shared;
  const live = (await deps.nomad.allocations(job)).filter(isLive);
  const running = live.filter((allocation) => allocation.TaskStates?.[task]?.State === 'running');
  const [only, second] = running;
  if (only !== undefined && second === undefined) return only;
  if (second !== undefined) return severalShared(job, running);
  return live.some((allocation) => allocation.TaskStates?.[task] !== undefined) || live.length === 0
    ? sharedStopped(deps, job)
    : noSharedTask(job, task, Object.keys(live[0]?.TaskStates ?? {}));
};

const severalShared = (job: string, running: readonly Allocation[]): Unusable => ({
  code: 'SHARED_SEVERAL',
  text: `the shared instance (job ${job}) has ${running.length} running allocations (${running.map(({ ID }) => ID.slice(0, 8)).join(', ')}): nobody can say which one holds the database`,
  next: `nomad job status ${job}: wait until one is left, or correct shared.job in dbctl.yaml`,
});

const sharedStopped = async ({ nomad }: SourceDeps, job: string): Promise<Unusable> =>
  (await nomad.job(job)) === undefined
    ? {
        code: 'SHARED_NOT_FOUND',
        text: `Nomad knows no job ${job}, which the inventory names as the shared instance`,
        next: 'set shared.job in dbctl.yaml to the id that `nomad job status` shows',
      }
    : {
        code: 'SHARED_NOT_RUNNING',
        text: `the shared instance (job ${job}) does not run`,
        next: `nomad job status ${job}, then start it: nomad job run <its jobspec>`,
      };

const noSharedTask = (job: string, task: string, tasks: readonly string[]): Unusable => ({
  code: 'SHARED_TASK_NOT_FOUND',
  text: `the shared instance (job ${job}) has no task ${task}`,
  next: `set shared.task in dbctl.yaml to one of: ${tasks.toSorted().join(', ')}`,
});

/** Where clients reach it: the registered service, Nomad's or Consul's, else what the app itself was told. */
const sharedAddress = async (
  deps: SourceDeps,
  app: readonly AppEnvironment[],
  { jobs }: ClusterFacts,
): Promise<{ address: string; port: number }> => {
  const told = app.find(({ host }) => host !== null);
  const registered = await registeredAddress(deps, jobs).catch((error: unknown) => {
    // Nobody has to set up Consul for an address that the app itself knows.
    if (deps.consul === null && told !== undefined && isDbctlError(error, 'CONSUL_UNAVAILABLE')) return undefined;
    throw error;
  });
  if (registered !== undefined) return { address: registered.host, port: registered.port };
  return { address: told?.host ?? '', port: told?.port ?? 5432 };
};

const serverImage = (
  { inventory: { shared } }: SourceDeps,
  { jobs }: ClusterFacts,
): Pick<SourceFacts, 'driver' | 'image'> => {
  const job = jobs.find(({ ID }) => ID === shared.job);
  const task = (job?.TaskGroups ?? []).flatMap(({ Tasks }) => Tasks).find(({ Name }) => Name === shared.task);
  return { driver: task?.Driver ?? '', image: imageOfTask(job, shared.task) };
};

const serverOwner = async (deps: SourceDeps, { allocId, task }: SqlTarget): Promise<SourceFacts['owner']> => {
  const answer = await askTask(
    deps.nomad,
    { allocId, task, script: 'id -u postgres && id -g postgres', args: [] },
    deps.signal,
  );
  const [uid, gid] = 'unreadable' in answer ? [] : answer.lines.filter((line) => /^\d+$/.test(line)).map(Number);
  return uid === undefined || gid === undefined ? null : { uid, gid };
};
