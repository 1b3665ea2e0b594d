import { DbctlError } from '../../errors/dbctl-error.js';
import type { InventoryService } from '../../inventory/types.js';
import { newJournal } from '../../pipeline/journal.js';
import type { JournalHandle } from '../../pipeline/journal-store.js';
import { wantedTools } from '../../pipeline/offsite-needs.js';
import { oneByOne } from '../../pipeline/one-by-one.js';
import { asDbctlError } from '../../pipeline/run.js';
import { type ChosenCopies, type CopiesAt, chooseCopies } from '../../pipeline/seek/choose.js';
import { type Seeker, startSeek, stopSeek } from '../../pipeline/seek/job.js';
import { type CopyFacts, lookForCopies, readCopy, type SeekContext } from '../../pipeline/seek/look.js';
import { runId, seekJobId } from '../../plan/names.js';
import type { JobSource } from '../../ports/nomad.js';
import { renderSeekJob } from '../../render/index.js';
import { fileName } from '../../shared/file-name.js';
import type { Secret } from '../../shared/secret.js';
import { ageIdentity } from '../age-identity.js';
import type { UseCaseDeps } from '../deps.js';
import { offsitePlace } from '../offsite-place.js';
import { type Written, writtenImage } from './as-written.js';

export interface SeekInput {
  /** Name of a target; `null`: the first of the service. */
  readonly offsite: string | null;
  readonly id: string | null;
  readonly at: string | null;
  readonly identity: Secret | null;
}

/** What a service can be rebuilt from. */
export interface FoundCopies extends ChosenCopies {
  readonly target: string;
  /** Of each copy, in their order. */
  readonly facts: readonly CopyFacts[];
  readonly image: string | null;
  readonly owner: Seeker['owner'];
}

/** Long enough for many services; the job is taken away before, if dbctl lives. */
const SECONDS = 3_600;

/**
 * The newest whole copies of each service, or why there is none. One throwaway job for each image, so that it is known as whom
 * that image works; nothing else is changed.
 */
export async function seekCopies(
  deps: UseCaseDeps,
  services: readonly InventoryService[],
  written: Written,
  input: SeekInput,
): Promise<ReadonlyMap<string, FoundCopies | DbctlError>> {
  const found = new Map<string, FoundCopies | DbctlError>();
  for (const group of byImage(services, written)) {
    const answers = await seekWith(deps, group, written, input);
    for (const [name, answer] of answers) found.set(name, answer);
  }
  return found;
}

function byImage(services: readonly InventoryService[], written: Written): InventoryService[][] {
  const groups = new Map<string, InventoryService[]>();
  for (const service of services) {
    const key = [service.driver, writtenImage(service, written), wantedTools(service).pin].join(' ');
    groups.set(key, [...(groups.get(key) ?? []), service]);
  }
  return [...groups.values()];
}

async function seekWith(
  deps: UseCaseDeps,
  services: readonly InventoryService[],
  written: Written,
  input: SeekInput,
): Promise<[string, FoundCopies | DbctlError][]> {
  const run = runId(deps.clock.now(), deps.randomBytes(4));
  const [first] = services;
  const every = (error: DbctlError): [string, DbctlError][] => services.map(({ name }) => [name, error]);
  if (first === undefined) return [];
  try {
    const image = writtenImage(first, written);
    const seeker = await startSeek({ ...deps, run }, sourceOf(first, image, run));
    return await oneByOne(services, async (service) => {
      const answer = seekOne(deps, { run, seeker, image, written }, service, input);
      return [service.name, await answer.catch((cause: unknown) => failure(deps, cause, service.name))];
    });
  } catch (cause) {
    return every(failure(deps, cause, first.name));
  } finally {
    await stopSeek(deps, run);
  }
}

function failure({ signal }: UseCaseDeps, cause: unknown, service: string): DbctlError {
  const error = asDbctlError(cause, signal, `copies of ${service}`);
  if (error.code === 'INTERRUPTED') throw error;
  return error;
}

/** Throws USAGE where the inventory has not what a look takes. */
function sourceOf(service: InventoryService, image: string | null, run: string): JobSource {
  const { name, driver } = service;
  const { tools } = wantedTools(service);
  if (tools.length === 0)
    throw new DbctlError('USAGE', 'the service has no copies elsewhere', {
      where: `service ${name}, backup.offsite`,
      next: 'set backup.offsite and backup.tools in dbctl.yaml',
    });
  if (image === null && (driver === 'docker' || driver === 'podman'))
    throw new DbctlError('USAGE', 'which image the lost server had is told by no file', {
      where: `service ${name}`,
      value: 'image: same-as-source',
      next: `set image of the service in dbctl.yaml, as postgres:17-alpine`,
    });
  const seconds = SECONDS;
  const place = { jobId: seekJobId(run), namespace: 'default', datacenters: ['*'] };
  return { Source: renderSeekJob({ ...place, driver, image, tools, seconds }), Format: 'hcl2' };
}

interface Seeking {
  readonly run: string;
  readonly seeker: Seeker;
  readonly image: string | null;
  readonly written: Written;
}

async function seekOne(
  deps: UseCaseDeps,
  { run, seeker, image, written }: Seeking,
  service: InventoryService,
  input: SeekInput,
): Promise<FoundCopies> {
  const databases = written.databases.get(service.name) ?? [service.name];
  const target = input.offsite ?? service.backup.offsite[0]?.name ?? '';
  const place = offsitePlace(service, target);
  const identity = await ageIdentity(deps, service, input.identity);
  const ctx = contextOf(deps, service, run, identity);
  const { toolbox, owner } = seeker;
  const at = async (folder: string): Promise<CopiesAt> => ({
    folder,
    copies: await lookForCopies(ctx, toolbox, { place, folder }),
  });
  const own = await at(service.name);
  const shared = await oneByOne(sharedFolders(deps, databases), at);
  const chosen = chooseCopies(service.name, { own, shared }, input);
  if (identity === null && chosen.copies.some(({ encrypted }) => encrypted)) throw noKey(target, chosen);
  const facts = await oneByOne(chosen.copies, (copy) => readCopy(ctx, toolbox, { place, copy }));
  return { ...chosen, target, facts, image, owner };
}

/** Where copies of its databases lie that were made while they were on the shared instance. */
function sharedFolders({ inventory }: UseCaseDeps, databases: readonly string[]): string[] {
  return databases.map((database) => `${fileName(inventory.shared.job)}/${fileName(database)}`);
}

const noKey = (target: string, { copies: [copy] }: ChosenCopies): DbctlError =>
  new DbctlError('USAGE', 'the copy is encrypted, and its age key is not known', {
    where: `off-site target ${target}`,
    value: copy?.id ?? '',
    next: '--identity <file>, or set backup.encrypt.identity in dbctl.yaml',
  });

/** A look is never gone on with: what it records is forgotten with it. */
function contextOf(
  { nomad, vault, clock, signal, reporter }: UseCaseDeps,
  { name }: InventoryService,
  run: string,
  identity: Secret | null,
): SeekContext {
  const facts = new Map<string, unknown>();
  const journal: JournalHandle = {
    current: newJournal(name, run, clock.now()),
    texts: undefined,
    save: async () => undefined,
    fact: <T>(key: string) => facts.get(key) as T | undefined,
    record: async (key, value) => void facts.set(key, value),
  };
  const progress = (text: string): void => reporter.emit({ kind: 'step-progress', id: name, text });
  return { nomad, vault, clock, signal, run, identity, journal, progress };
}
