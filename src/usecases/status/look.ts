import pLimit from 'p-limit';
import { type ServerStatusRow, serverStatusSql } from '../../engines/postgres/server-status.js';
import { DbctlError } from '../../errors/dbctl-error.js';
import type { InventoryService } from '../../inventory/types.js';
import { isUnfinished, type Journal } from '../../pipeline/journal.js';
import { journalToReadOnly } from '../../pipeline/journal-store.js';
import { runningAlloc, serverOf, toolboxOf } from '../../pipeline/live.js';
import type { ProvisionPlan } from '../../plan/provision/types.js';
import type { DatabasePart, ServicePlan } from '../../plan/types.js';
import type { SqlTarget } from '../../ports/sql.js';
import type { UseCaseDeps } from '../deps.js';
import { readingSql } from '../facts/reading-sql.js';
import { loadPrepared } from '../prepared-run.js';
import { dedicatedCatalog, reasonOf, type SeenCatalog, sharedCatalogs } from '../seen-catalogs.js';
import { isOnItsOwn } from '../verify.js';

/** A value, or in words why there is none: no source that fails may keep the others from being shown. */
export type Seen<T> = { readonly value: T } | { readonly why: string };

export interface ServerLook {
  readonly server: Extract<ServerStatusRow, { kind: 'server' }>;
  readonly databases: readonly Extract<ServerStatusRow, { kind: 'database' }>[];
}

/** Where a dedicated database is, as its run decided. */
export interface OwnPlace {
  readonly target: DatabasePart;
  readonly address: string;
}

/** All that was read of one service. */
export interface ServiceLook {
  readonly service: InventoryService;
  readonly journal: Seen<Journal | undefined>;
  /** The rest is of a dedicated database only. */
  readonly own: Seen<OwnPlace> | null;
  readonly server: Seen<ServerLook> | null;
  readonly catalog: SeenCatalog | null;
}

export interface SharedLook {
  readonly state: 'running' | 'gone';
  readonly server: Seen<ServerLook>;
  readonly catalogs: readonly SeenCatalog[];
}

export interface Look {
  readonly now: Date;
  readonly services: readonly ServiceLook[];
  readonly shared: SharedLook;
}

/** Execs at once: each takes a connection to a client node and starts a psql there. */
const AT_ONCE = 4;
const TIMEOUT_MS = 20_000;

/** Reads the journals, the catalogs and each server once; changes nothing and takes no lock. Fails only when Nomad itself does. */
export async function look(deps: UseCaseDeps, services: readonly InventoryService[]): Promise<Look> {
  const limit = pLimit(AT_ONCE);
  const [looks, shared] = await Promise.all([
    Promise.all(services.map((service) => limit(() => lookAtService(deps, service)))),
    limit(() => lookAtShared(deps)),
  ]);
  const used = looks.some(({ own }) => own === null);
  return {
    now: deps.clock.now(),
    services: looks,
    shared: { ...shared, catalogs: await sharedCatalogs(deps, used && shared.state === 'running') },
  };
}

/** Nothing of a run that is at work or was cut is read: which side is the service's own, it decides itself. */
async function lookAtService(deps: UseCaseDeps, service: InventoryService): Promise<ServiceLook> {
  const handle = await seen(() => journalToReadOnly(deps.nomad, service.name));
  if ('why' in handle) return { service, journal: handle, own: null, server: null, catalog: null };
  const journal = handle.value.current;
  const read = { service, journal: { value: journal } };
  if (!isOnItsOwn(journal)) return { ...read, own: null, server: null, catalog: null };
  const [own, catalog] = await Promise.all([
    seen(() => ownPlace(deps, handle.value, service.name, journal.run)),
    dedicatedCatalog(deps, service),
  ]);
  const server = isUnfinished(journal.phase) ? null : await ownServer(deps, own, service.name);
  return { ...read, own, catalog, server };
}

type Handle = Awaited<ReturnType<typeof journalToReadOnly>>;

async function ownPlace(deps: UseCaseDeps, journal: Handle, service: string, run: string): Promise<OwnPlace> {
  const kept = await loadPrepared({ deps, journal, signal: deps.signal }, service, run);
  const plan = kept.plan as ServicePlan | ProvisionPlan;
  return { target: plan.target, address: 'placement' in plan ? plan.placement.address : plan.address };
}

async function ownServer(deps: UseCaseDeps, own: Seen<OwnPlace>, service: string): Promise<Seen<ServerLook>> {
  if ('why' in own) return own;
  const ctx = { nomad: deps.nomad, signal: deps.signal, plan: { service, target: own.value.target } };
  return await seen(async () => await askServer(deps, serverOf(ctx, await toolboxOf(ctx))));
}

async function lookAtShared(deps: UseCaseDeps): Promise<Omit<SharedLook, 'catalogs'>> {
  const { job, task } = deps.inventory.shared;
  const found = await deps.nomad.job(job);
  if (found === undefined || found.Stop === true)
    return { state: 'gone', server: { why: found === undefined ? 'Nomad does not know the job' : 'it was stopped' } };
  const server = await seen(async () => {
    const { ID: allocId } = await runningAlloc(deps, job, task);
    return await askServer(deps, { allocId, task, database: 'postgres' });
  });
  return { state: 'running', server };
}

/** Throws as the SQL port does. */
export async function askServer(deps: Pick<UseCaseDeps, 'sql' | 'signal'>, target: SqlTarget): Promise<ServerLook> {
  const options = { timeoutMs: TIMEOUT_MS, signal: deps.signal };
  const rows = (await readingSql(deps.sql).run(target, serverStatusSql(), options)) as ServerStatusRow[];
  const server = rows.find((row) => row.kind === 'server');
  if (!server) throw new DbctlError('INTERNAL', 'a server said nothing of itself', { where: `task ${target.task}` });
  return { server, databases: rows.filter((row) => row.kind === 'database') };
}

async function seen<T>(read: () => Promise<T>): Promise<Seen<T>> {
  try {
    return { value: await read() };
  } catch (error) {
    return { why: reasonOf(error) };
  }
}
