import type { Inventory, InventoryService } from '../../inventory/types.js';
import { placementOf } from '../../plan/placement.js';
import type { DatabasePart, PortUse } from '../../plan/types.js';
import {
  appAddress,
  changedLines,
  type Hcl,
  originText,
  type SeenClient,
  type SeenName,
  type SharedNames,
  unifiedDiff,
} from '../../render/index.js';
import type { AdoptedFile, AdoptLeft } from '../../report/adopt-report.js';
import { maskLine } from '../../shared/mask-line.js';
import { decide, serversText } from './decide.js';
import { foundIn } from './found.js';
import { linesLeft, linesToChange, upstreamsLeft } from './left-lines.js';
import { leftOutside } from './left-outside.js';
import { type PartForFile, partForFile } from './part-for-file.js';
import { filledFirst, type ReadFile } from './read-file.js';
import { differentServers, sharedOf } from './shared-names.js';
import { type SplicedFile, spliceFile } from './splice-file.js';

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
  const refusal = refusalOf(input, clients, names) ?? spliceFile(hcl, input, { clients, shared, made });
  if (!('why' in refusal)) return { ...patched(input, clients, shared, made, refusal), port };
  const left = [
    ...(refusal.more ?? []),
    ...linesToChange(input.text, clients, appAddress(made.part), refusal.line ?? 'points at the new database'),
  ];
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
  readonly more?: readonly AdoptLeft[];
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
      next: ['change these lines when the database that it works on moves'],
    };
  const different = input.from.length > 0 ? [] : differentServers(clients);
  if (different.length > 0)
    return { why: `its tasks ask for different servers: ${different.join('; ')}`, next: [`if they are one server: ${again} ${different.flatMap((id) => id.split(' and ')).map((id) => `--from ${id.replace(/^service /, '')}`).join(' ')}`] };
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
