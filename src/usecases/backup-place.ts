import { CATALOG_PATH } from '../dataplane/read-catalog.js';
import { DbctlError, isDbctlError } from '../errors/dbctl-error.js';
import type { InventoryService } from '../inventory/types.js';
import { sharedCatalogPath, sharedDir, toolboxIn } from '../pipeline/backup-catalogs.js';
import { backupSettings, numbered, pinnedPrograms, serviceDir } from '../pipeline/backup-settings.js';
import type { Journal } from '../pipeline/journal.js';
import { journalToReadOnly } from '../pipeline/journal-store.js';
import { type Toolbox, toolboxOf } from '../pipeline/live.js';
import { renderedOffsite } from '../pipeline/offsite-needs.js';
import { putOffsite } from '../pipeline/put-offsite.js';
import { putPrograms } from '../pipeline/put-programs.js';
import { type EnvValue, socketServer } from '../pipeline/toolbox-run.js';
import { mainDatabase } from '../plan/main-database.js';
import { sharedBackupJob } from '../plan/names.js';
import { likeOf } from '../plan/shared-backup.js';
import { renderToolsJob } from '../render/index.js';
import { fileName } from '../shared/file-name.js';
import type { UseCaseDeps } from './deps.js';
import { planServices } from './plan.js';
import { loadPrepared } from './prepared-run.js';
import { putSharedOffsite } from './shared-offsite.js';
import { isOnItsOwn } from './verify.js';

/** A catalog as the fs API names it, and the folder on the volume that it tells of. */
export interface SetPlace {
  readonly catalog: string;
  readonly folder: string;
}

/** Where a service is backed up: a toolbox, the program and its settings, and where the outcome can be read. */
export interface BackupPlace {
  readonly on: 'dedicated' | 'shared';
  readonly job: string;
  readonly toolbox: Toolbox;
  readonly script: 'backup.sh' | 'shared.sh';
  readonly env: Readonly<Record<string, EnvValue>>;
  /** One per set that is to come; `every`: of each database that the shared instance turns out to have. */
  readonly sets: readonly SetPlace[] | 'every';
  readonly notes: readonly string[];
  /** What the copies elsewhere need and could not be put; the backup is made without it. */
  readonly lacks: readonly DbctlError[];
}

/** Finds the service's server and puts the programs there. Throws DATABASE_UNAVAILABLE, ALLOC_AMBIGUOUS, RUN_NOT_FOUND, JOB_NOT_FOUND. */
export async function backupPlace(deps: UseCaseDeps, service: InventoryService): Promise<BackupPlace> {
  const handle = await journalToReadOnly(deps.nomad, service.name);
  const journal = handle.current;
  if (!isOnItsOwn(journal)) return await sharedPlace(deps, await sharedDatabases(deps, service));
  return await dedicatedPlace(deps, service, { ...handle, current: journal });
}

type Opened = Parameters<typeof loadPrepared>[0]['journal'];

async function dedicatedPlace(
  deps: UseCaseDeps,
  service: InventoryService,
  journal: Opened & { readonly current: Journal },
): Promise<BackupPlace> {
  const { plan } = await loadPrepared({ deps, journal, signal: deps.signal }, service.name, journal.current.run);
  const { target } = plan;
  const { nomad, vault, clock, signal } = deps;
  const ctx = { nomad, vault, clock, signal, plan, service, toolsJob: renderToolsJob };
  const toolbox = await toolboxOf(ctx);
  const lacks = await putOffsite(ctx, toolbox);
  const programs = await putPrograms(ctx, toolbox);
  const rendered = await deps.nomad.readFile(toolbox.allocId, `${toolbox.task}/local/backup.env`);
  const databases = target.databases.map(({ name }) => name);
  const settings = rendered === undefined ? backupSettings(service, databases, programs) : {};
  return {
    on: 'dedicated',
    job: target.job,
    toolbox,
    script: 'backup.sh',
    env: { ...socketServer(target.port, mainDatabase(target).name), ...settings },
    sets: [{ catalog: CATALOG_PATH, folder: serviceDir(service.name) }],
    notes: [...notesOn(rendered, programs, target.job), ...otherTargets(service, rendered, target.job)],
    lacks,
  };
}

function notesOn(rendered: string | undefined, programs: string, job: string): string[] {
  if (rendered === undefined)
    return [
      `job ${job} was rendered before there were schedules: nothing is backed up there by itself, nor copied elsewhere`,
    ];
  const pinned = pinnedPrograms(rendered);
  return pinned === undefined || pinned === programs
    ? []
    : [
        `the schedule of job ${job} runs programs ${pinned}, this dbctl brings ${programs}: render the job again to change them`,
      ];
}

/** The job copies to the targets that it was rendered with, whatever the inventory says by now. */
function otherTargets({ backup }: InventoryService, rendered: string | undefined, job: string): string[] {
  if (rendered === undefined) return [];
  const [has, wants] = [renderedOffsite(rendered).targets, backup.offsite.map(({ name }) => name)];
  if (has.join() === wants.join()) return [];
  const named = (names: readonly string[]): string => names.join(', ') || 'no off-site target';
  return [`job ${job} copies to ${named(has)}, dbctl.yaml says ${named(wants)}: render the job again to change it`];
}

/** All databases of the shared instance when none are named. Throws JOB_NOT_FOUND while it has no backups. */
export async function sharedPlace(deps: UseCaseDeps, databases: readonly string[]): Promise<BackupPlace> {
  const { job } = deps.inventory.shared;
  const toolbox = await toolboxIn(deps, sharedBackupJob(job)).catch((error: unknown) => {
    throw isDbctlError(error, 'DATABASE_UNAVAILABLE') ? noSharedJob(job, error) : error;
  });
  const lacks = await putSharedOffsite(deps, toolbox);
  await putPrograms({ nomad: deps.nomad, signal: deps.signal, plan: { service: fileName(job) } }, toolbox);
  const rendered = await deps.nomad.readFile(toolbox.allocId, `${toolbox.task}/local/backup.env`);
  return {
    on: 'shared',
    job: toolbox.job,
    toolbox,
    script: 'shared.sh',
    env: numbered('WANTED_DATABASE', databases),
    sets: databases.length === 0 ? 'every' : databases.map((database) => sharedSet(job, fileName(database))),
    notes: otherTargets(likeOf(deps.inventory), rendered, toolbox.job),
    lacks,
  };
}

export const sharedSet = (job: string, folder: string): SetPlace => ({
  catalog: sharedCatalogPath(folder),
  folder: `${sharedDir(job)}/${folder}`,
});

export const noSharedJob = (job: string, cause?: unknown): DbctlError =>
  new DbctlError('JOB_NOT_FOUND', 'nothing backs up the shared instance yet', {
    where: `job ${sharedBackupJob(job)}`,
    next: 'dbctl backup deploy-shared',
    cause,
  });

/** As the inventory says, else as the live settings say. Throws DATABASE_NOT_FOUND. */
export async function sharedDatabases(deps: UseCaseDeps, service: InventoryService): Promise<string[]> {
  if (service.databases.length > 0) return [...service.databases];
  const [plan] = (await planServices(deps, service.name)).services;
  const found = (plan?.source.databases ?? []).map(({ name }) => name);
  if (found.length > 0) return found;
  throw new DbctlError('DATABASE_NOT_FOUND', 'which database the service uses cannot be told', {
    where: `service ${service.name}`,
    next: `dbctl plan ${service.name}`,
  });
}
