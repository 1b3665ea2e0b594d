import type { Inventory, InventoryService } from '../../inventory/types.js';
import { placementOf } from '../../plan/placement.js';
import type { DatabasePart, PortUse } from '../../plan/types.js';
import {
  appAddress,
  changedLines,
  type Hcl,
  isFetched,
  originText,
  type SeenClient,
  type SeenName,
  type SharedNames,
  unifiedDiff,
} from '../../render/index.js';
import type { AdoptedFile } from '../../report/adopt-report.js';
import { maskLine } from '../../shared/mask-line.js';
import { decide, serversText } from './decide.js';
import { foundIn } from './found.js';
import { linesLeft, linesToChange, upstreamsLeft } from './left-lines.js';
import { leftOutside } from './left-outside.js';
import { type PartForFile, partForFile } from './part-for-file.js';
import { filledFirst, type ReadFile } from './read-file.js';
import { differentServers, sharedOf } from './shared-names.js';
import { type SplicedFile, spliceFile } from './splice-file.js';

const POSTGRES_PORT = 5432;

export interface AdoptInput {
  readonly path: string;
  readonly text: string;
  readonly read: ReadFile;
  readonly inventory: Inventory;
  readonly service: InventoryService;
  readonly from: readonly string[];
  readonly databases: readonly string[];
  readonly role: string | null;
  readonly taken: readonly PortUse[];
}

/** One file: its verdict and, for `patched`, the new text. Nothing is written. */
export interface Adopted {
  readonly report: AdoptedFile;
  readonly text: string | null;
  /** The port that its database takes on the node. */
  readonly port: PortUse | null;
}

export function adoptFile(hcl: Hcl, input: AdoptInput): Adopted {
  const decision = decide(input.read, input.from);
  const base = { path: input.path, found: foundIn(input.read), change: null, left: [], assumed: [], next: [] };
  if ('verdict' in decision) return { report: { ...base, ...decision, service: null }, text: null, port: null };
  const { clients } = decision;
  const shared = sharedOf(clients, input.from, input.inventory.shared.service);
  const names = namesOf(input, clients);
  const made = partForFile({
    ...input,
    ...{ clients, shared, loopback: upstreams(input.text) },
    job: input.read.job,
    databases: names.databases,
    role: names.role,
  });
  const port =
    made.part.network === 'bridge' ? null : { port: made.part.port, node: '*', owner: `service ${input.service.name}` };
  const refusal =
    refusalOf(input, clients, names) ??
    networkRefusal(input, clients, made.part) ??
    portRefusal(clients, made.part) ??
    spliceFile(hcl, input, { clients, shared, made });
  if (!('why' in refusal)) return { ...patched(input, clients, shared, made, refusal), port };
  const address = refusal.elsewhere ? null : appAddress(made.part);
  const left = linesToChange(input.text, clients, address, refusal.line ?? 'points at the new database');
  return {
    report: {
      ...base,
      service: input.service.name,
      verdict: 'instructions',
      why: refusal.why,
      left,
      next: refusal.next,
    },
    text: null,
    port,
  };
}

/** Ports that Consul's proxy listens on inside of the group's network. */
const upstreams = (text: string): number[] =>
  [...text.matchAll(/\blocal_bind_port\s*=\s*(\d+)/g)].map(([, port]) => Number(port));

export interface Refusal {
  readonly why: string;
  readonly next: readonly string[];
  /** Why a line has to change. */
  readonly line?: string;
  /** The new address is not one of this file. */
  readonly elsewhere?: true;
}

interface Names {
  readonly databases: readonly string[];
  readonly role: string;
  readonly missing: readonly { readonly what: 'database' | 'role'; readonly at: SeenName | undefined }[];
}

/** What the operator says wins; a name that no file tells is never made up. */
function namesOf({ service, databases, role }: AdoptInput, clients: readonly SeenClient[]): Names {
  const seen = clients.flatMap((client) => client.databases);
  const told =
    databases.length > 0
      ? databases
      : service.databases.length > 0
        ? service.databases
        : seen.flatMap(({ value }) => value ?? []);
  const roles = clients.flatMap((client) => client.role.value ?? []);
  const chosen = role ?? service.role ?? roles[0];
  const hidden =
    told.length === 0 ||
    (databases.length === 0 && service.databases.length === 0 && seen.some(({ value }) => value === null));
  return {
    databases: told.length === 0 ? [service.name] : [...new Set(told)],
    role: chosen ?? service.name,
    missing: [
      ...(hidden ? [{ what: 'database' as const, at: seen.find(({ value }) => value === null) }] : []),
      ...(chosen === undefined ? [{ what: 'role' as const, at: clients[0]?.role }] : []),
    ],
  };
}

function refusalOf(input: AdoptInput, clients: readonly SeenClient[], { missing }: Names): Refusal | undefined {
  const { job } = input.read;
  const again = `dbctl adopt ${input.path}`;
  const filled = filledFirst(input.text, input.path);
  if (filled !== '')
    return {
      why: `${filled}, and would read the database part too`,
      next: ['adopt the file that Nomad gets, or change these lines by hand'],
    };
  if (
    job.Type === 'batch' ||
    job.Type === 'sysbatch' ||
    job.Periodic !== undefined ||
    job['ParameterizedJob'] !== undefined
  )
    return {
      why: 'the job runs only at times: it has no lasting group for a database',
      elsewhere: true,
      line: 'follows its database, when that moves',
      next: ['change these lines when the database that it works on moves'],
    };
  const different = input.from.length > 0 ? [] : differentServers(clients);
  if (different.length > 0)
    return {
      why: `its tasks ask for different servers: ${different.join('; ')}`,
      next: [
        `if they are one server: ${again} ${[...new Set(different.flatMap((id) => id.split(' and ')))].map((id) => `--from ${id.replace(/^service /, '')}`).join(' ')}`,
      ],
    };
  const whole = wholeElsewhere(clients);
  if (whole.length > 0)
    return {
      why: whole.join('; '),
      elsewhere: true,
      line: 'change host and port where the value comes from',
      next: [`then look at what moves: dbctl plan ${input.service.name}`],
    };
  const roles = [...new Set(clients.flatMap(({ role }) => role.value ?? []))];
  if (roles.length > 1 && input.role === null && input.service.role === null)
    return {
      why: `its tasks log in as different roles: ${roles.join(', ')}`,
      next: [`${again} --role <the one that owns the database>`],
    };
  if (missing.length === 0) return undefined;
  const why = missing
    .map(
      ({ what, at }) =>
        `the file does not say the ${what}${at === undefined || at.origins.length === 0 ? '' : ` (${originsText(at)})`}`,
    )
    .join('; ');
  return { why, next: [`${again} ${missing.map(({ what }) => `--${what} <name>`).join(' ')}`] };
}

const originsText = ({ origins }: SeenName): string => origins.map(originText).join(', ');

/** The file with the database in it, and what a person still has to see to. */
function patched(
  input: AdoptInput,
  clients: readonly SeenClient[],
  shared: SharedNames,
  { part, placement }: PartForFile,
  { text, settings, files }: SplicedFile,
): Pick<Adopted, 'report' | 'text'> {
  const { path, text: before, service, read } = input;
  const asked = clients.length === 0 ? '' : serversText(clients);
  const change = {
    ...{
      placement: part.placement,
      address: placementOf(placement, part).address,
      reason: placement.why,
      files,
      written: false,
    },
    settings: settings.map((row) => ({ ...row, from: maskLine(row.from), to: maskLine(row.to) })),
    diff: maskLine(unifiedDiff(before, text, path)),
  };
  const why = `database ${part.databases.map(({ name }) => name).join(', ')} leaves ${asked === '' ? 'the shared server' : asked} and goes ${part.placement === 'own-job' ? 'into a job of its own' : `beside the app, group ${part.group}`}`;
  const changed = changedLines(before, text);
  const left = [...linesLeft(before, shared, changed), ...upstreamsLeft(read, shared), ...leftOutside(part, clients)];
  return {
    text,
    report: {
      ...{ path, verdict: 'patched', why, service: service.name, found: foundIn(read), change, left },
      ...{ assumed: assumedOf(part), next: [`dbctl migrate ${service.name}`] },
    },
  };
}

const assumedOf = ({ image, driver, major }: DatabasePart): string[] => [
  image === undefined
    ? `driver ${driver} with PostgreSQL ${major}: --image, --driver`
    : `${image} by ${driver}: --image, --driver`,
];

/** A connection string that the file only fetches: its text is out of reach here. */
const wholeElsewhere = (clients: readonly SeenClient[]): string[] =>
  clients.flatMap(({ task, settings }) =>
    settings
      .filter(({ role, setting }) => role === 'url' && isFetched(setting))
      .map(
        ({ setting }) =>
          `${setting.key} of task ${task} comes as a whole from ${setting.origins.map(originText).join(', ')}`,
      ),
  );

/** A host by itself, without a key for its port: the app would go on using the usual one. */
function portRefusal(clients: readonly SeenClient[], { port, network, placement }: DatabasePart): Refusal | undefined {
  if (port === POSTGRES_PORT && network === 'bridge' && placement === 'same-group') return undefined;
  const open = clients.find(
    ({ preset, settings }) =>
      settings.some(({ role }) => role === 'host') && !preset.keys.some(({ role }) => role === 'port'),
  );
  const host = open?.settings.find(({ role }) => role === 'host')?.setting.key;
  if (open === undefined || host === undefined) return undefined;
  return {
    why: `task ${open.task} sets ${host} and no port, and the new database listens on port ${port}`,
    next: [
      `set the app's key for the port too, then add --setting ${host}=host --setting <its key>=port; or --setting ${host}=host:port where it takes both`,
    ],
  };
}

/** A container with a network of its own choice is not in its group's: loopback would be its own. */
function networkRefusal(
  { read: { job } }: AdoptInput,
  clients: readonly SeenClient[],
  { network, placement }: DatabasePart,
): Refusal | undefined {
  if (network !== 'bridge' || placement === 'own-job') return undefined;
  const task = job.TaskGroups.flatMap(({ Name, Tasks }) =>
    Tasks.filter((one) => clients.some((client) => client.group === Name && client.task === one.Name)),
  ).find(({ Config }) => Config?.['network_mode'] !== undefined);
  if (task === undefined) return undefined;
  const why = `task ${task.Name} has network_mode ${String(task.Config?.['network_mode'])} and is not in its group's network, where the database would listen`;
  return { why, next: ['take network_mode out of the task, or the mode out of the group, then run again'] };
}
