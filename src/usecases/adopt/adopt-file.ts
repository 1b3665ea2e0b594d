import type { Inventory, InventoryService } from '../../inventory/types.js';
import { placementOf } from '../../plan/placement.js';
import type { DatabasePart, PortUse } from '../../plan/types.js';
import {
  appAddress,
  BY_FLAG,
  changedLines,
  type Hcl,
  type SeenClient,
  type SharedNames,
  unifiedDiff,
} from '../../render/index.js';
import type { AdoptedFile } from '../../report/adopt-report.js';
import { maskLine } from '../../shared/mask-line.js';
import { decide, serversText } from './decide.js';
import { foundIn } from './found.js';
import { linesLeft, linesToChange, upstreamsLeft } from './left-lines.js';
import { leftOutside, readersLeft, trapsOf } from './left-outside.js';
import { type AskedName, namesOf } from './names.js';
import { type PartForFile, partForFile } from './part-for-file.js';
import type { ReadFile } from './read-file.js';
import { refusalOf } from './refusals.js';
import { sharedOf } from './shared-names.js';
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
  /** Names that the file does not say. */
  readonly asks?: readonly AskedName[];
}

export function adoptFile(hcl: Hcl, input: AdoptInput): Adopted {
  const decision = decide(input.read, input.from);
  const base = { path: input.path, found: foundIn(input.read), change: null, left: [], assumed: [], next: [] };
  if ('verdict' in decision) return { report: { ...base, ...decision, service: null }, text: null, port: null };
  const { clients } = decision;
  const shared = sharedOf(clients, input.from, input.inventory.shared.service);
  const made = partForFile({
    ...input,
    ...{ clients, shared, job: input.read.job, names: (beside) => namesOf(input, clients, beside) },
  });
  const port =
    made.part.network === 'bridge' ? null : { port: made.part.port, node: '*', owner: `service ${input.service.name}` };
  const refusal = refusalOf(input, clients, made.names, made.part) ?? spliceFile(hcl, input, { clients, shared, made });
  if (!('why' in refusal)) return { ...patched(input, clients, shared, made, refusal), port };
  const address = refusal.elsewhere ? null : appAddress(made.part);
  const lines = linesToChange(input.text, clients, address, refusal.line ?? 'points at the new database');
  const left = [...(refusal.lines ?? []), ...lines];
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
    asks: refusal.asks ?? [],
  };
}

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
  const left = [
    ...linesLeft(before, shared, changed),
    ...upstreamsLeft(read, shared),
    ...leftOutside(part, clients),
    ...readersLeft(part),
    ...trapsOf(clients),
  ];
  return {
    text,
    report: {
      ...{ path, verdict: 'patched', why, service: service.name, found: foundIn(read), change, left },
      ...{ assumed: assumedOf(part), next: [...sayOnce(service.name, clients), `dbctl migrate ${service.name}`] },
    },
  };
}

/** Keys that were said for this run are wanted by every command that follows. */
const sayOnce = (service: string, clients: readonly SeenClient[]): string[] => {
  const keys = clients.find(({ preset }) => preset.id === BY_FLAG)?.preset.keys ?? [];
  const words = keys.map(({ key, role }) => `${key}: ${role.includes(':') ? `"${role}"` : role}`);
  return keys.length === 0
    ? []
    : [`into dbctl.yaml, so that it is said once: services.${service}.settings: { ${words.join(', ')} }`];
};

const assumedOf = ({ image, driver, major }: DatabasePart): string[] => [
  image === undefined
    ? `driver ${driver} with PostgreSQL ${major}: --image, --driver`
    : `${image} by ${driver}: --image, --driver`,
];
