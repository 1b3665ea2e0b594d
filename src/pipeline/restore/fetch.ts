import { type PutFile, putFiles } from '../../dataplane/put-files.js';
import { rcloneConf, SECTION } from '../../dataplane/rclone-conf.js';
import { DbctlError } from '../../errors/dbctl-error.js';
import type { InventoryService } from '../../inventory/types.js';
import { toolsFolder } from '../../plan/backup-part.js';
import type { VaultPort } from '../../ports/vault.js';
import type { Secret } from '../../shared/secret.js';
import type { Toolbox } from '../live.js';
import { wantedTools } from '../offsite-needs.js';
import { putTools, type ToolsContext } from '../put-tools.js';
import { type EnvValue, inToolbox, type ToolboxContext, toolboxRun } from '../toolbox-run.js';
import type { OffsitePlace } from './context.js';

export interface FetchContext extends ToolboxContext, ToolsContext {
  readonly vault: VaultPort;
  readonly service: Pick<InventoryService, 'backup'>;
  readonly identity: Secret | null;
}

export interface Copy {
  readonly place: OffsitePlace;
  readonly id: string;
  readonly prefix: string;
  /** Folder that the set is put into, whole or not at all. */
  readonly out: EnvValue;
  readonly bytes: number;
  /** Name of the run in the toolbox; `fetch` where a run fetches one alone. */
  readonly step?: string;
}

const secretsDir = (run: string): string => `dbctl-fetch-${run}`;

/**
 * Fetches an off-site copy into a folder of the toolbox, every SHA-256 checked there. Credentials and identity lie in its
 * secrets folder as long as that takes; rclone and age are put there first where they are missing. Throws ARTIFACT_CORRUPT,
 * BACKUP_NOT_FOUND, TOOLBOX_FAILED, TOOLS_UNAVAILABLE, VAULT_SECRET_MISSING.
 */
export async function fetchCopy(ctx: FetchContext, toolbox: Toolbox, copy: Copy): Promise<void> {
  const files = await secretFiles(ctx, copy.place);
  const wanted = wantedTools(ctx.service);
  await putTools(ctx, toolbox, wanted);
  await putSecrets(ctx, toolbox, files);
  const env = { ...copyEnv(ctx, copy), SERVICE: ctx.plan.service, TOOLS: toolsFolder(wanted.pin) };
  await toolboxRun(ctx, toolbox, { step: copy.step ?? 'fetch', script: 'fetch.sh', env, total: copy.bytes });
  await removeSecrets(ctx, toolbox);
}

export type StoreContext = Pick<FetchContext, 'nomad' | 'signal' | 'run' | 'vault' | 'identity'>;

/** What opens a place, and a copy that is encrypted. Throws VAULT_SECRET_MISSING. */
export async function secretFiles(ctx: StoreContext, place: OffsitePlace): Promise<PutFile[]> {
  const conf = rcloneConf(place.options, await credentials(ctx, place));
  const { identity } = ctx;
  return [
    { name: 'rclone.conf', text: conf.reveal() },
    ...(identity === null ? [] : [{ name: 'identity', text: `${identity.reveal().trim()}\n` }]),
  ];
}

export const putSecrets = (ctx: StoreContext, toolbox: Toolbox, files: readonly PutFile[]): Promise<void> =>
  putFiles(ctx.nomad, { ...toolbox, root: 'secrets', dir: secretsDir(ctx.run), files, signal: ctx.signal });

/** Where a script finds the place, by the names that they all have for it. */
export function storeEnv({ run, identity }: Pick<StoreContext, 'run' | 'identity'>, place: OffsitePlace) {
  const inSecrets = (name: string): EnvValue => ({ below: 'NOMAD_SECRETS_DIR', path: `${secretsDir(run)}/${name}` });
  return {
    REMOTE: `${SECTION}:${place.remotePath}`,
    RCLONE_CONFIG: inSecrets('rclone.conf'),
    ...(identity === null ? {} : { IDENTITY_FILE: inSecrets('identity') }),
  };
}

export function copyEnv(ctx: Pick<StoreContext, 'run' | 'identity'>, { place, id, prefix, out }: Copy) {
  const { REMOTE, ...opened } = storeEnv(ctx, place);
  return { REMOTE, ID: id, PREFIX: prefix, OUT: out, ...opened };
}

/** Absent is success. While a fetch goes on by itself they have to stay: it is resumed, or undone. */
export async function removeSecrets(
  ctx: Pick<FetchContext, 'nomad' | 'signal' | 'run'>,
  toolbox: Toolbox,
): Promise<void> {
  await inToolbox(ctx, toolbox, 'rm -rf -- "$NOMAD_SECRETS_DIR/$1"', secretsDir(ctx.run));
}

/** The fetched copy, what opened it, and the folder of copies when nothing else is in it. Absent is success. */
export async function removeFetched(
  ctx: Pick<FetchContext, 'nomad' | 'signal' | 'run'>,
  toolbox: Toolbox,
  folder: string,
): Promise<void> {
  await removeSecrets(ctx, toolbox);
  await inToolbox(ctx, toolbox, 'rm -rf -- "$1"; rmdir -- "${1%/*}" 2>/dev/null || :', folder);
}

async function credentials(
  { vault }: Pick<FetchContext, 'vault'>,
  { name, read }: OffsitePlace,
): Promise<Record<string, Secret>> {
  const found = await vault.read(read.mount, read.path);
  if (found) return { ...found.data };
  throw new DbctlError('VAULT_SECRET_MISSING', 'the credentials that read the off-site copies are not in Vault', {
    where: `${read.mount}/${read.path}`,
    value: `off-site target ${name}`,
    next: `vault kv put -mount=${read.mount} ${read.path} <key>=-`,
  });
}
