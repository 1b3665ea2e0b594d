import { type PsqlEnd, type PsqlServer, pipedPsql, terminalPsql } from '../dataplane/psql-session.js';
import { DbctlError } from '../errors/dbctl-error.js';
import type { InventoryService } from '../inventory/types.js';
import { isUnfinished, verbOf } from '../pipeline/journal.js';
import { journalToReadOnly } from '../pipeline/journal-store.js';
import { runningAlloc, serverOf, toolboxOf } from '../pipeline/live.js';
import type { AttachResult } from '../ports/nomad.js';
import type { Terminal } from '../ports/terminal.js';
import type { UseCaseDeps } from './deps.js';
import { loadPrepared, requireService } from './prepared-run.js';
import { namesOnShared } from './seen-catalogs.js';
import { askServer } from './status/look.js';
import { isOnItsOwn } from './verify.js';

export interface PsqlInput {
  readonly service: string;
  /** As the superuser `postgres`, not as the service's role. */
  readonly admin: boolean;
  /** One of the service's databases, or `postgres` for the superuser; the service's main one when left out. */
  readonly database?: string;
}

/** A psql that may be started: where, and as whom. */
export interface PsqlPlace extends PsqlServer {
  readonly job: string;
}

/**
 * The service's own server, else its database on the shared instance. Throws SERVICE_UNKNOWN, RUN_UNFINISHED (another session
 * would break the fence of a run), DATABASE_NOT_FOUND, DATABASE_UNAVAILABLE.
 */
export async function psqlPlace(deps: UseCaseDeps, input: PsqlInput): Promise<PsqlPlace> {
  const service = requireService(deps, input.service);
  const journal = await journalToReadOnly(deps.nomad, service.name);
  const { current } = journal;
  if (current && isUnfinished(current.phase))
    throw new DbctlError('RUN_UNFINISHED', `a run is at work on the service, or was cut (${current.phase})`, {
      where: `service ${service.name}, run ${current.run}`,
      next: `dbctl ${verbOf(current.phase)} ${service.name} --resume`,
    });
  if (!isOnItsOwn(current)) return await sharedPsql(deps, service, input);
  const { plan } = await loadPrepared({ deps, journal, signal: deps.signal }, service.name, current.run);
  const { target } = plan;
  const ctx = { nomad: deps.nomad, signal: deps.signal, plan: { service: service.name, target } };
  const names = target.databases.map(({ name }) => name);
  const { allocId, task, host = '', port = null } = serverOf(ctx, await toolboxOf(ctx));
  const database = oneOf(names, input, `job ${target.job}`);
  return { job: target.job, allocId, task, host, port, database, role: input.admin ? null : target.role };
}

async function sharedPsql(deps: UseCaseDeps, service: InventoryService, input: PsqlInput): Promise<PsqlPlace> {
  const { job, task } = deps.inventory.shared;
  const { ID: allocId } = await runningAlloc(deps, job, task);
  const { databases } = await askServer(deps, { allocId, task, database: 'postgres' });
  const names = namesOnShared(service);
  const there = databases.filter(({ name, open }) => open && names.includes(name));
  const ordered = names.filter((name) => there.some((one) => one.name === name));
  const database = oneOf(ordered, input, `job ${job}`);
  const owner = there.find(({ name }) => name === database)?.owner ?? null;
  return { job, allocId, task, host: '', port: null, database, role: input.admin ? null : (service.role ?? owner) };
}

/** The superuser's own database is nobody's: what is kept there (roles, the mark of dbctl) is for `--admin`. */
function oneOf(names: readonly string[], { database: wanted, admin }: PsqlInput, where: string): string {
  const [main] = names;
  const known = admin ? [...names, 'postgres'] : names;
  const found = wanted === undefined ? main : known.find((name) => name === wanted);
  if (found !== undefined) return found;
  throw new DbctlError('DATABASE_NOT_FOUND', 'the service has no such database there', {
    where,
    ...(wanted === undefined ? {} : { value: wanted }),
    details: names.length === 0 ? [] : [`it has: ${names.join(', ')}`],
    next: 'set databases of the service in dbctl.yaml; dbctl status shows what is on the server',
  });
}

/** With SQL from a pipe, or from the arguments; `code` is psql's own. */
export const psqlPiped = (
  deps: UseCaseDeps,
  place: PsqlPlace,
  input: { readonly args: readonly string[]; readonly stdin: string },
): Promise<PsqlEnd> => pipedPsql(deps.nomad, place, input, deps.signal);

export const psqlOnTerminal = (
  deps: UseCaseDeps,
  place: PsqlPlace,
  input: { readonly args: readonly string[]; readonly term: string },
  terminal: Terminal,
): Promise<AttachResult> => terminalPsql(deps.nomad, place, input, terminal, deps.signal);
