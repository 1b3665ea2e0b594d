import { DbctlError } from '../../errors/dbctl-error.js';
import type { InventoryService } from '../../inventory/types.js';
import { dedicatedToolbox, type FoundToolbox } from '../../pipeline/backup-catalogs.js';
import { journalToReadOnly } from '../../pipeline/journal-store.js';
import { runningAlloc } from '../../pipeline/live.js';
import { type Seen, type ServerLook, SHARED_GONE } from '../../plan/doctor/facts.js';
import type { Unusable } from '../../plan/facts.js';
import { TASKS } from '../../plan/names.js';
import type { DatabasePart } from '../../plan/types.js';
import type { SqlTarget } from '../../ports/sql.js';
import { mountPoint } from '../../render/index.js';
import type { Secret } from '../../shared/secret.js';
import { loadPrepared } from '../prepared-run.js';
import type { LookDeps } from './deps.js';
import { seen } from './seen.js';
import { serverFiles } from './server-files.js';
import { type AskedServer, askServer } from './server-sql.js';

/** A server as it was seen, and what of it is a secret: those never leave the collectors. */
export interface LookedServer {
  readonly look: ServerLook;
  readonly verifiers: ReadonlyMap<string, Secret>;
}

const NO_VERIFIERS: ReadonlyMap<string, Secret> = new Map();

/** The shared instance, over the socket in its own task. `needed`: a service still lives there. */
export async function sharedServer(deps: LookDeps, needed: boolean): Promise<LookedServer> {
  const { job, task } = deps.inventory.shared;
  const place = { service: null, job, task } as const;
  const at = await seen(async () => (await runningAlloc(deps, job, task)).ID);
  if ('gap' in at && !needed && (await deps.nomad.job(job))?.Stop !== false)
    return unseen(place, { gap: { ...at.gap, code: SHARED_GONE } });
  if ('gap' in at) return unseen(place, at);
  const allocId = at.value;
  const roles = deps.services.map(({ name, role }) => role ?? name);
  const target = { allocId, task, database: 'postgres' };
  return await lookBoth(deps, { ...place, allocId }, target, {
    roles,
    service: null,
    folders: ['/var/lib/postgresql/data'],
  });
}

/** A database of the service's own: SQL through its toolbox, the rest in the server's task. */
export async function dedicatedServer(deps: LookDeps, service: InventoryService): Promise<LookedServer> {
  const place = { service: service.name, job: service.job, task: TASKS.postgres };
  const at = await seen(() => toolboxWithPlan(deps, service));
  if ('gap' in at) return unseen(place, at);
  const { toolbox, target } = at.value;
  const sql = {
    allocId: toolbox.allocId,
    task: toolbox.task,
    database: 'postgres',
    host: '${NOMAD_ALLOC_DIR}/pg',
    port: target.port,
  };
  const about = { roles: [target.role], service: service.name, folders: [`${mountPoint(target.major)}/pgdata`] };
  return await lookBoth(deps, { ...place, job: toolbox.job, allocId: toolbox.allocId }, sql, about);
}

async function toolboxWithPlan(
  deps: LookDeps,
  service: InventoryService,
): Promise<{ toolbox: FoundToolbox; target: DatabasePart }> {
  const journal = await journalToReadOnly(deps.nomad, service.name);
  if (journal.current === undefined) throw new DbctlError('RUN_NOT_FOUND', 'no run of the service is recorded');
  const [toolbox, { plan }] = await Promise.all([
    dedicatedToolbox(deps, service),
    loadPrepared({ deps, journal, signal: deps.signal }, service.name, journal.current.run),
  ]);
  return { toolbox, target: plan.target };
}

type Place = Pick<ServerLook, 'service' | 'job' | 'task'>;

const unseen = (place: Place, gap: { readonly gap: Unusable }): LookedServer => ({
  look: { ...place, allocId: null, sql: gap, files: gap },
  verifiers: NO_VERIFIERS,
});

async function lookBoth(
  deps: LookDeps,
  place: Place & { readonly allocId: string },
  target: SqlTarget,
  about: { readonly roles: readonly string[]; readonly service: string | null; readonly folders: readonly string[] },
): Promise<LookedServer> {
  const [asked, files] = await Promise.all([
    seen(() => askServer(deps, target, about)),
    seen(() => serverFiles(deps, place, about.folders)),
  ]);
  const sql: Seen<AskedServer['sql']> = 'gap' in asked ? asked : { value: asked.value.sql };
  return { look: { ...place, sql, files }, verifiers: 'gap' in asked ? NO_VERIFIERS : asked.value.verifiers };
}
