import type { Inventory, InventoryService } from '../../inventory/types.js';
import { oneByOne } from '../../pipeline/one-by-one.js';
import { imageOfTask, SAME_AS_SOURCE } from '../../plan/image.js';
import { serviceName } from '../../plan/names.js';
import { type SeenPart, seenPart } from '../../plan/provision/seen-part.js';
import type { NomadJob } from '../../ports/nomad.js';
import type { UseCaseDeps } from '../deps.js';
import { appEnvironments } from '../facts/app-environment.js';
import { readJobspec } from '../facts/jobspec.js';
import { jobspecFiles } from '../facts/jobspec-files.js';

/** What the operator's files tell of the databases that were lost. */
export interface Written {
  /** The inventory with the ports that the jobspecs have: a service that comes later keeps its own. */
  readonly inventory: Inventory;
  readonly parts: ReadonlyMap<string, SeenPart>;
  /** Databases that the inventory or the app's own settings name, the main one first. */
  readonly databases: ReadonlyMap<string, readonly string[]>;
  /** Of the shared instance's jobspec; `null`: it names none, or there is no such file. */
  readonly sharedImage: string | null;
}

/** Reads the jobspecs that the inventory names, and those of databases in a job of their own. Changes nothing. */
export async function asWritten(deps: UseCaseDeps): Promise<Written> {
  const { inventory } = deps;
  const parts = new Map<string, SeenPart>();
  const databases = new Map<string, readonly string[]>();
  const files = await jobspecFiles(deps, deps.home);
  await oneByOne(inventory.services, async (service) => {
    const { app, part } = await jobsOf(deps, service, files);
    if (part !== null) parts.set(service.name, part);
    databases.set(service.name, await toldDatabases(deps, service, app));
  });
  const services = inventory.services.map((service) => withPart(service, parts.get(service.name)));
  return { inventory: { ...inventory, services }, parts, databases, sharedImage: await sharedImage(deps) };
}

type Named = Pick<InventoryService, 'name' | 'job' | 'jobspec'>;

interface Jobs {
  readonly app: NomadJob | undefined;
  readonly part: SeenPart | null;
}

async function jobsOf(deps: UseCaseDeps, service: InventoryService, files: ReadonlyMap<string, string>): Promise<Jobs> {
  const app = await parsed(deps, service);
  const beside = app ? seenPart(app) : null;
  if (beside !== null) return { app, part: beside };
  const alone = files.get(serviceName(service.name));
  const own = alone === undefined ? undefined : await parsed(deps, { ...service, jobspec: alone });
  return { app, part: own ? seenPart(own) : null };
}

async function toldDatabases(
  deps: UseCaseDeps,
  service: InventoryService,
  app: NomadJob | undefined,
): Promise<readonly string[]> {
  if (service.databases.length > 0) return service.databases;
  const told = app ? (await appEnvironments(deps, app, service, [])).flatMap(({ databases }) => databases) : [];
  return told.length > 0 ? [...new Set(told)] : [service.name];
}

/** What cannot be read now is told by the plan, with all else that is in the way. */
async function parsed(deps: UseCaseDeps, service: Named): Promise<NomadJob | undefined> {
  const spec = await readJobspec(deps, service, {});
  return 'code' in spec ? undefined : await deps.nomad.parseJob(spec.source).catch(() => undefined);
}

const withPart = (service: InventoryService, part: SeenPart | undefined): InventoryService =>
  part === undefined ? service : { ...service, port: service.port ?? part.port };

async function sharedImage(deps: UseCaseDeps): Promise<string | null> {
  const { job, task, jobspec } = deps.inventory.shared;
  const spec = await parsed(deps, { name: job, job, jobspec });
  return imageOfTask(spec, task);
}

/** The image of the lost server, as far as files tell; `null` for drivers without one, and where none does. */
export function writtenImage(service: InventoryService, { parts, sharedImage: shared }: Written): string | null {
  if (service.driver === 'exec' || service.driver === 'raw_exec') return null;
  if (service.image !== SAME_AS_SOURCE) return service.image;
  return parts.get(service.name)?.image ?? shared;
}
