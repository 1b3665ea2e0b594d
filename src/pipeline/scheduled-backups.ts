import { BACKUP_ID } from '../dataplane/backup-id.js';
import { DbctlError } from '../errors/dbctl-error.js';
import { type KnownBackup, knownBackups } from './backups.js';
import type { MoveContext } from './context.js';
import type { Toolbox } from './live.js';
import type { FoundSet } from './restore/context.js';
import { readSet } from './restore/read-set.js';
import { inToolbox } from './toolbox-run.js';

/** As many as somebody would choose from. */
const MOST = 5;

/** The counter orders, not the clock. $1: the service's folder. */
const LIST = `for set in "$1"/sets/*/manifest.json; do
  [ -f "$set" ] || continue
  set=\${set%/manifest.json}
  printf 'dbctl-set %s\\n' "\${set##*/}"
done`;

export const isSet = ({ id }: Pick<KnownBackup, 'id'>): boolean => BACKUP_ID.test(id);

/**
 * Backups that the schedule or a command made of the very server that was lost, with all of its databases, newest first.
 * What cannot be read is no way out, and left away. Changes nothing.
 */
export async function scheduledBackups(ctx: MoveContext, toolbox: Toolbox): Promise<KnownBackup[]> {
  const home = `/backups/${ctx.plan.service}`;
  const said = await inToolbox(ctx, toolbox, LIST, home);
  const ids = [...said.matchAll(/^dbctl-set (\S+)$/gm)].map(([, id = '']) => id).filter((id) => isSet({ id }));
  const newest = ids.sort((a, b) => Number.parseInt(b, 10) - Number.parseInt(a, 10)).slice(0, MOST);
  const found: FoundSet[] = [];
  for (const id of newest) found.push(...(await readable(ctx, toolbox, { id, folder: `${home}/sets/${id}` })));
  return found.filter((set) => isOfLost(ctx, set)).map(asBackup);
}

async function readable(
  ctx: MoveContext,
  toolbox: Toolbox,
  of: { readonly id: string; readonly folder: string },
): Promise<FoundSet[]> {
  try {
    return [await readSet(ctx, toolbox, of)];
  } catch (error) {
    if (error instanceof DbctlError && (error.code === 'BACKUP_NOT_FOUND' || error.code === 'ARTIFACT_CORRUPT'))
      return [];
    throw error;
  }
}

/** An earlier move of the service may have left sets of another server, whose rows were carried home since. */
const isOfLost = (ctx: MoveContext, set: FoundSet): boolean =>
  set.systemIdentifier === ctx.journal.fact<string>('target.systemIdentifier') &&
  ctx.plan.source.databases.every(({ name }) => set.databases.some(({ database }) => database === name));

const asBackup = ({ id, folder, started, databases }: FoundSet): KnownBackup => ({
  id,
  at: started,
  rows: databases.reduce((all, { rows }) => all + rows, 0),
  dumps: databases.map((one) => ({
    database: one.database,
    folder: `${folder}/${one.folder}`,
    bytes: one.bytes,
    manifestSha256: one.manifestSha256,
  })),
});

/** Those of the move and its proofs, and those of the schedule; by their own times, since nothing else orders both. */
export async function allBackups(ctx: MoveContext, toolbox: Toolbox): Promise<readonly KnownBackup[]> {
  const scheduled = await scheduledBackups(ctx, toolbox);
  return [...scheduled, ...knownBackups(ctx)].sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
}
