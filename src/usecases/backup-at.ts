import { readCatalog } from '../dataplane/read-catalog.js';
import { DbctlError } from '../errors/dbctl-error.js';
import { sharedFolders } from '../pipeline/backup-catalogs.js';
import { BACKUP_STEP, type BackupEnd, backupFailure, backupRun, MANUAL_RUNS } from '../pipeline/backup-run.js';
import { oneByOne } from '../pipeline/one-by-one.js';
import { offsiteNote } from '../pipeline/put-offsite.js';
import { forgetJobs, type JobContext } from '../pipeline/toolbox-job.js';
import { inToolbox } from '../pipeline/toolbox-run.js';
import type { BackupCatalog } from '../report/backup-catalog.js';
import type { BackupReport, MadeSet } from '../report/backup-report.js';
import { redacted } from '../shared/redact.js';
import { type BackupPlace, type SetPlace, sharedSet } from './backup-place.js';
import { type CatalogPair, madeSet, newError, removedSets, toMadeSet } from './backup-report.js';
import { clearPrograms } from './clear-programs.js';
import type { UseCaseDeps } from './deps.js';
import { reported } from './move-report.js';
import { secondsSince } from './seconds-since.js';

export interface AtInput {
  readonly service: string;
  readonly pin: boolean;
  readonly run: string;
  readonly progress: JobContext['progress'];
}

type Seen = SetPlace & { readonly read: BackupCatalog | undefined };
type Looked = SetPlace & CatalogPair;

/**
 * Makes a backup in a place that was found, and reads what came of it. Throws as `backupRun` does, and what went wrong when
 * there is no set; where there are some, it is told in the report beside them.
 */
export async function backupAt(deps: UseCaseDeps, place: BackupPlace, input: AtInput): Promise<BackupReport> {
  const { service, pin, run, progress } = input;
  const began = deps.clock.monotonic();
  const ctx: JobContext = { nomad: deps.nomad, clock: deps.clock, signal: deps.signal, progress };
  const { toolbox, script, env } = place;
  await forgetJobs(ctx, toolbox, MANUAL_RUNS, BACKUP_STEP);
  const before = await look(ctx, deps, place);
  const total = before.reduce((sum, { read }) => sum + (read?.sets.at(-1)?.bytes ?? 0), 0);
  const end = await backupRun(ctx, toolbox, { service, run, script, kind: 'manual', pin, env, total });
  const pairs = pairsOf(before, await look(ctx, deps, place));
  const sets = await setsMade(ctx, place, pairs);
  const error = withLacks(failureOf(end, service, pairs, sets), place.lacks);
  const cleared = error === undefined ? await clearPrograms(deps, place, service) : [];
  return redacted({
    schema: 'dbctl.backup-run/1',
    ...{ service, on: place.on, job: place.job, run },
    status: error ? 'failed' : 'ok',
    seconds: secondsSince(deps, began),
    sets,
    removed: pairs.flatMap(removedSets),
    notes: [...place.notes, ...place.lacks.map(offsiteNote), ...cleared],
    ...(error ? { error: reported(error) } : {}),
  });
}

async function look(ctx: JobContext, deps: UseCaseDeps, { toolbox, sets }: BackupPlace): Promise<Seen[]> {
  const { job } = deps.inventory.shared;
  const places = sets === 'every' ? (await sharedFolders(ctx, toolbox)).map((name) => sharedSet(job, name)) : sets;
  return await oneByOne(places, async (place) => ({
    ...place,
    read: await readCatalog(ctx.nomad, toolbox.allocId, place.catalog),
  }));
}

const pairsOf = (before: readonly Seen[], after: readonly Seen[]): Looked[] =>
  after.map(({ catalog, folder, read }) => ({
    ...{ catalog, folder, after: read },
    before: before.find((one) => one.catalog === catalog)?.read,
  }));

/** The manifest's SHA-256 is taken from the volume itself: it is what an operator would compare with. */
async function setsMade(ctx: JobContext, place: BackupPlace, pairs: readonly Looked[]): Promise<MadeSet[]> {
  const made = pairs.flatMap((pair) => {
    const set = madeSet(pair, 'manual');
    return set === undefined ? [] : [{ set, path: `${pair.folder}/sets/${set.id}/manifest.json` }];
  });
  if (made.length === 0) return [];
  const script = 'for file; do sha256sum <"$file"; done';
  const printed = await inToolbox(ctx, place.toolbox, script, ...made.map(({ path }) => path));
  const sums = [...printed.matchAll(/^([0-9a-f]{64}) /gm)].map(([, sum]) => sum);
  return made.map(({ set, path }, index) => toMadeSet(set, requireSum(sums[index], path)));
}

function requireSum(sum: string | undefined, where: string): string {
  if (sum !== undefined) return sum;
  throw new DbctlError('ARTIFACT_CORRUPT', "the SHA-256 of the set's manifest cannot be read", { where });
}

/** A set without what its copies need is told as a copy that failed, whichever of the two was noticed first. */
function withLacks(failure: DbctlError | undefined, lacks: readonly DbctlError[]): DbctlError | undefined {
  return failure ?? lacks.find(({ code }) => code === 'TOOLS_UNAVAILABLE');
}

function failureOf(
  end: BackupEnd,
  service: string,
  pairs: readonly Looked[],
  sets: readonly MadeSet[],
): DbctlError | undefined {
  const said = pairs.flatMap((pair) => newError(pair) ?? []);
  const failure = backupFailure(end, service, said);
  if (sets.length > 0) return failure;
  throw (
    failure ??
    new DbctlError('TOOLBOX_FAILED', 'the backup ended well, and yet the catalog has no new set', {
      where: `service ${service}`,
      details: pairs.flatMap(({ after }) => after?.problem ?? []),
      next: `dbctl backups ${service}`,
    })
  );
}
