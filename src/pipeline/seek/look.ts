import { type BackedUpSource, parseDumpSource } from '../../dataplane/dump-source.js';
import { parseBackupManifest } from '../../dataplane/read-catalog.js';
import { readCopies, type SeenCopy } from '../../dataplane/read-copies.js';
import { runDir } from '../../dataplane/task-ref.js';
import { type Evidence, parseEvidence } from '../../engines/postgres/evidence.js';
import { DbctlError } from '../../errors/dbctl-error.js';
import type { DatabaseSpec } from '../../plan/types.js';
import type { BackupManifest } from '../../report/backup-catalog.js';
import { fileName } from '../../shared/file-name.js';
import type { Toolbox } from '../live.js';
import { oneByOne } from '../one-by-one.js';
import type { OffsitePlace } from '../restore/context.js';
import { copyEnv, putSecrets, removeSecrets, type StoreContext, secretFiles, storeEnv } from '../restore/fetch.js';
import { type ToolboxContext, toolboxRun } from '../toolbox-run.js';

export interface SeekContext extends ToolboxContext, StoreContext {}

/** Which copies of that folder a place has: `speedtest`, or `postgresql/speedtest`. Changes nothing. Throws TOOLBOX_FAILED. */
export async function lookForCopies(
  ctx: SeekContext,
  toolbox: Toolbox,
  at: { readonly place: OffsitePlace; readonly folder: string },
): Promise<SeenCopy[]> {
  const step = `seek/${fileName(at.place.name)}-${fileName(at.folder)}`;
  const done = await withSecrets(ctx, toolbox, at.place, () =>
    toolboxRun(ctx, toolbox, {
      ...{ step, script: 'seek.sh', total: 0 },
      env: { ...storeEnv(ctx, at.place), SERVICE: at.folder },
    }),
  );
  return readCopies(at.folder, await done.read('objects'), await done.read('indexes.jsonl'));
}

/** What a copy tells of itself, each file of it checked by its SHA-256. */
export interface CopyFacts {
  readonly manifest: BackupManifest;
  readonly databases: readonly (DatabaseSpec & { readonly owner: string })[];
  readonly extensions: readonly string[];
}

/** Neither dump nor verifiers are fetched. Throws ARTIFACT_CORRUPT, BACKUP_NOT_FOUND, TOOLBOX_FAILED. */
export async function readCopy(
  ctx: SeekContext,
  toolbox: Toolbox,
  { place, copy }: { readonly place: OffsitePlace; readonly copy: SeenCopy },
): Promise<CopyFacts> {
  const step = `facts/${fileName(place.name)}-${fileName(copy.service)}-${copy.id}`;
  const dir = `${runDir({ ...toolbox, run: ctx.run, step })}.set`;
  const out = { below: 'NOMAD_ALLOC_DIR', path: dir } as const;
  const wanted = { place, id: copy.id, prefix: copy.prefix, out, bytes: copy.bytes };
  const env = { ...copyEnv(ctx, wanted), SERVICE: copy.service, ONLY: 'facts' };
  await withSecrets(ctx, toolbox, place, () => toolboxRun(ctx, toolbox, { step, script: 'fetch.sh', env, total: 0 }));
  const read = (path: string): Promise<string> => textOf(ctx, toolbox, `alloc/${dir}/${path}`);
  const manifest = parseBackupManifest(await read('manifest.json'), `${copy.prefix}/manifest.json`);
  const found = await oneByOne(manifest.databases, async ({ folder }) => {
    const path = `${folder}/manifest.json`;
    const evidence = parseEvidence(await read(`${folder}/evidence.jsonl`));
    return { evidence, source: parseDumpSource(await read(path), `${copy.prefix}/${path}`) };
  });
  const extensions = found.flatMap(({ evidence }) => evidence.catalog.filter(({ kind }) => kind === 'extension'));
  return {
    manifest,
    databases: found.map(specOf),
    extensions: [...new Set(extensions.map(({ name }) => name))].sort(),
  };
}

function specOf({ evidence, source }: { readonly evidence: Evidence; readonly source: BackedUpSource }) {
  const { database: name, encoding, collate, ctype, owner } = source;
  const fact = (key: string): string | undefined =>
    evidence.facts.find((line) => line.k === 'database' && line.name === key)?.def;
  const provider = fact('provider') ?? 'c';
  const locale = fact('locale') || null;
  return { name, encoding, collate, ctype, owner, ...(provider === 'c' ? {} : { provider, locale }) };
}

async function withSecrets<T>(
  ctx: SeekContext,
  toolbox: Toolbox,
  place: OffsitePlace,
  use: () => Promise<T>,
): Promise<T> {
  await putSecrets(ctx, toolbox, await secretFiles(ctx, place));
  const result = await use();
  await removeSecrets(ctx, toolbox);
  return result;
}

async function textOf({ nomad }: SeekContext, { allocId }: Toolbox, path: string): Promise<string> {
  const text = await nomad.readFile(allocId, path);
  if (text !== undefined) return text;
  throw new DbctlError('ARTIFACT_CORRUPT', 'a file of the copy is not there', { where: path });
}
