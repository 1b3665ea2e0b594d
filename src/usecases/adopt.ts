import { DbctlError } from '../errors/dbctl-error.js';
import { addService } from '../inventory/add-service.js';
import { parseInventory } from '../inventory/parse.js';
import { SETTING_ROLES } from '../inventory/schema.js';
import type { Inventory, InventoryDriver, InventoryService } from '../inventory/types.js';
import { serviceName } from '../plan/discover/services.js';
import { SAME_AS_SOURCE } from '../plan/image.js';
import type { PortUse } from '../plan/types.js';
import type { FilesPort } from '../ports/files.js';
import {
  type AppHints,
  appNames,
  type Hcl,
  presetOfKeys,
  type SettingRole,
  unifiedDiff,
  unsplice,
} from '../render/index.js';
import type { AdoptedFile, AdoptReport } from '../report/adopt-report.js';
import { maskLine } from '../shared/mask-line.js';
import { type Adopted, adoptFile } from './adopt/adopt-file.js';
import type { AskedName } from './adopt/names.js';
import { type ReadFile, readFile, type Unread } from './adopt/read-file.js';

export interface AdoptDeps {
  readonly files: Pick<FilesPort, 'read' | 'write'>;
  readonly hcl: () => Promise<Hcl>;
  /** The operator's inventory, if there is one. */
  readonly inventory: { readonly text: string; readonly path: string } | undefined;
}

export interface AdoptRequest extends AppHints {
  readonly paths: readonly string[];
  readonly image: string | null;
  readonly driver: InventoryDriver | null;
  readonly databases: readonly string[];
  readonly role: string | null;
  /** What was asked for one file alone, by its path. */
  readonly answers?: ReadonlyMap<string, Partial<Record<AskedName, string>>>;
}

/** Only where neither the operator nor the inventory says one. */
const IMAGE = 'postgres:17-alpine';
const NO_INVENTORY = { text: 'version: 1\nservices: {}\n', path: 'dbctl.yaml' };

/** What was decided, and the texts that `writeAdopted` would write. */
export interface AdoptResult {
  readonly report: AdoptReport;
  readonly texts: ReadonlyMap<string, string>;
  /** Names that a file does not say, by its path. */
  readonly asks: ReadonlyMap<string, readonly AskedName[]>;
}

/**
 * Looks at jobspecs without a cluster and says for each what would change; writes nothing. Ports of several files do not
 * clash. Throws JOBSPEC_NOT_FOUND before anything else when a file is not there, INVENTORY_INVALID.
 */
export async function adopt(deps: AdoptDeps, request: AdoptRequest): Promise<AdoptResult> {
  const sources = await readAll(deps, request.paths);
  const hcl = await deps.hcl();
  const hints = hintsOf(deps, request);
  const read = sources.map(({ path, text }) => ({ path, text, read: readFile(hcl, path, text, hints) }));
  const taken = read.flatMap(({ read: one }) => ('unread' in one ? [] : portsOf(one)));
  const adopted: Adopted[] = [];
  for (const one of read)
    adopted.push(oneFile(hcl, deps, request, one, [...taken, ...adopted.flatMap(({ port }) => port ?? [])]));
  return {
    report: { schema: 'dbctl.adopt/1', mode: 'show', files: adopted.map(({ report }) => report) },
    texts: new Map(adopted.flatMap(({ report, text }) => (text === null ? [] : [[report.path, text] as const]))),
    asks: new Map(adopted.map(({ report, asks = [] }) => [report.path, asks] as const)),
  };
}

/** What is said now wins over what the inventory says of the job's keys. */
function hintsOf({ inventory }: AdoptDeps, request: AdoptRequest): (job: string) => AppHints {
  const services = inventory === undefined ? [] : parseInventory(inventory.text, inventory.path, appNames()).services;
  return (job) => {
    const settings = services.find((service) => service.job === job)?.settings;
    return settings === undefined ? request : { ...request, known: presetOfKeys('by-inventory', settings) };
  };
}

async function readAll({ files }: AdoptDeps, paths: readonly string[]): Promise<{ path: string; text: string }[]> {
  const found = await Promise.all(paths.map(async (path) => ({ path, text: await files.read(path) })));
  const missing = found.filter(({ text }) => text === undefined).map(({ path }) => path);
  if (missing.length > 0)
    throw new DbctlError('JOBSPEC_NOT_FOUND', 'there is no such file', { value: missing.join(', ') });
  return found.map(({ path, text = '' }) => ({ path, text }));
}

function oneFile(
  hcl: Hcl,
  deps: AdoptDeps,
  request: AdoptRequest,
  { path, text, read }: { readonly path: string; readonly text: string; readonly read: ReadFile | Unread },
  taken: readonly PortUse[],
): Adopted {
  if ('unread' in read) return { report: unreadable(path, read.unread), text: null, port: null };
  const { inventory, service } = serviceOf(deps, request, path, read);
  const { from } = request;
  const answer = request.answers?.get(path);
  const databases = answer?.database === undefined ? request.databases : [answer.database];
  const role = answer?.role ?? request.role;
  return adoptFile(hcl, { path, text, read, inventory, service, from, databases, role, taken });
}

const unreadable = (path: string, why: string): AdoptedFile => ({
  ...{ path, verdict: 'unreadable', why, service: null, found: null, change: null, left: [], assumed: [] },
  next: [`nomad job validate ${path}`],
});

/** The operator's own entry for that job, else one with the defaults. */
function serviceOf(
  deps: AdoptDeps,
  request: AdoptRequest,
  path: string,
  { job, clients }: ReadFile,
): { inventory: Inventory; service: InventoryService } {
  const source = deps.inventory ?? NO_INVENTORY;
  const own = parseInventory(source.text, source.path, appNames());
  const known = own.services.find((service) => service.job === job.ID);
  const name = serviceName(job.ID);
  const inventory =
    known === undefined ? parseInventory(addService(source.text, name, { jobspec: path }), source.path) : own;
  const service = known ?? inventory.services.find((one) => one.name === name);
  if (service === undefined) throw new DbctlError('INTERNAL', 'a service was added and is not there', { value: name });
  const image = request.image ?? (service.image === SAME_AS_SOURCE ? IMAGE : service.image);
  const podman =
    deps.inventory === undefined && clients.length > 0 && clients.every((client) => driverOf(job, client) === 'podman');
  return {
    inventory,
    service: { ...service, job: job.ID, image, driver: request.driver ?? (podman ? 'podman' : service.driver) },
  };
}

const driverOf = (job: ReadFile['job'], { group, task }: { readonly group: string; readonly task: string }): string =>
  job.TaskGroups.find(({ Name }) => Name === group)?.Tasks.find(({ Name }) => Name === task)?.Driver ?? '';

const portsOf = ({ job }: ReadFile): PortUse[] =>
  job.TaskGroups.flatMap(({ Networks }) =>
    (Networks ?? []).flatMap(({ ReservedPorts }) =>
      (ReservedPorts ?? []).map(({ Label, Value }) => ({
        port: Value,
        node: '*',
        owner: `job ${job.ID} (port ${Label})`,
      })),
    ),
  );

/** Writes what `adopt` decided: each file whole or not at all. Throws JOBSPEC_EXISTS before anything is written. */
export async function writeAdopted({ files }: AdoptDeps, { report, texts }: AdoptResult): Promise<AdoptReport> {
  for (const { path, text } of report.files.flatMap(({ change }) => change?.files ?? [])) {
    const there = await files.read(path);
    if (there === undefined || there === text) continue;
    throw new DbctlError('JOBSPEC_EXISTS', 'a file for a database is there already and says something else', {
      where: path,
      next: 'look what it is for, move it away, then run again',
    });
  }
  for (const { path, change } of report.files) {
    const text = texts.get(path);
    if (text === undefined) continue;
    for (const extra of change?.files ?? []) await files.write(extra.path, extra.text);
    await files.write(path, text);
  }
  return { ...report, mode: 'write', files: report.files.map(written) };
}

const written = (file: AdoptedFile): AdoptedFile =>
  file.change === null ? file : { ...file, change: { ...file.change, written: true } };

/** Takes the database part out of files again, to the byte. Throws JOBSPEC_UNSUPPORTED where it was edited by hand. */
export async function undoAdopt(deps: AdoptDeps, paths: readonly string[]): Promise<AdoptResult> {
  const sources = await readAll(deps, paths);
  const hcl = await deps.hcl();
  const texts = new Map(sources.map(({ path, text }) => [path, unsplice(hcl, text)]));
  const reports = sources.map(({ path, text }): AdoptedFile => undone(path, text, texts.get(path) ?? text));
  return { report: { schema: 'dbctl.adopt/1', mode: 'undo', files: reports }, texts, asks: new Map() };
}

function undone(path: string, before: string, after: string): AdoptedFile {
  const base = { path, service: null, found: null, left: [], assumed: [], next: [] };
  if (before === after)
    return { ...base, verdict: 'no-database', why: 'there is no part of dbctl in it', change: null };
  const change = {
    placement: 'same-group',
    address: '',
    reason: 'as it was before',
    settings: [],
    files: [],
    written: false,
  } as const;
  return {
    ...base,
    verdict: 'patched',
    why: 'the part of dbctl comes out',
    change: { ...change, diff: maskLine(unifiedDiff(before, after, path)) },
  };
}

/** Everything `--app` may name. */
export const presetNames = (): string[] => appNames();

/** What a key of the operator's choice may hold. */
export const settingRoles = (): SettingRole[] => [...SETTING_ROLES];
