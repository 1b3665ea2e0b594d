import { isAbsolute, join } from 'node:path';
import { programs } from '../engines/postgres/scripts.js';
import type { InventoryService } from '../inventory/types.js';
import { toolsPin } from '../plan/backup-part.js';
import { type PinnedFolder, unusedPrograms } from '../plan/unused-programs.js';
import type { FilesPort } from '../ports/files.js';
import type { NomadPort } from '../ports/nomad.js';
import { isUnfinished } from './journal.js';
import { readJournal } from './journal-store.js';
import type { Toolbox } from './live.js';
import { inToolbox } from './toolbox-run.js';

export interface OldProgramsContext {
  readonly nomad: NomadPort;
  readonly files: Pick<FilesPort, 'read'>;
  /** Of dbctl.yaml: paths of jobspecs begin there. */
  readonly home: string;
  readonly signal: AbortSignal;
  readonly services: readonly Pick<InventoryService, 'name' | 'jobspec' | 'backup'>[];
}

/** Each line: seconds since it was changed, and the folder. `.part` of one that is being put has no such name. */
const FOLDERS = `now=$(date +%s)
for folder in "$1"/programs/* /backups/.tools/*; do
  [ -d "$folder" ] || continue
  printf 'dbctl-folder %d %s\\n' "$((now - $(stat -c %Y "$folder")))" "$folder"
done`;

/** Those of the folders "$@" whose name is in what any set of the volume says of itself. */
const NAMED = `for folder; do
  if grep -q -s -F -e "\${folder##*/}" /backups/*/sets/*/RESTORE.md /backups/*/sets/*/manifest.json; then
    printf 'dbctl-named %s\n' "$folder"
  fi
done`;

/**
 * Folders of programs and tools that no version of a job which Nomad keeps, no jobspec of the operator and no set names any
 * more. Changes nothing. None while a run of any service goes on: its texts may still be registered.
 */
export async function oldPrograms(ctx: OldProgramsContext, toolbox: Toolbox, dir: string): Promise<string[]> {
  const current = [programs().sha, ...ctx.services.map(({ backup }) => toolsPin(backup.tools))];
  const found = unusedPrograms(foldersIn(await inToolbox(ctx, toolbox, FOLDERS, dir)), current);
  // Nearly always: then nothing else has to be asked.
  if (found.length === 0 || (await isAnyUnfinished(ctx))) return [];
  const jobs = (await ctx.nomad.allVersions()).map((job) => JSON.stringify(job));
  const paths = ctx.services.flatMap(({ jobspec }) => jobspec ?? []);
  const own = await Promise.all(paths.map((path) => ctx.files.read(isAbsolute(path) ? path : join(ctx.home, path))));
  // What a file that is elsewhere today names cannot be told.
  if (own.some((text) => text === undefined)) return [];
  const texts = [...jobs, ...own.map(String), await inToolbox(ctx, toolbox, NAMED, ...found)];
  return unusedPrograms(
    found.map((path) => ({ path, idleSeconds: Number.POSITIVE_INFINITY })),
    texts,
  );
}

/** After a backup that was read whole, and never otherwise. Returns what is gone; absent is success. */
export async function removeOldPrograms(ctx: OldProgramsContext, toolbox: Toolbox, dir: string): Promise<string[]> {
  const old = await oldPrograms(ctx, toolbox, dir);
  if (old.length > 0) await inToolbox(ctx, toolbox, 'rm -rf -- "$@"', ...old);
  return old;
}

const foldersIn = (said: string): PinnedFolder[] =>
  [...said.matchAll(/^dbctl-folder (\d+) (.+)$/gm)].map(([, idle, path = '']) => ({ path, idleSeconds: Number(idle) }));

async function isAnyUnfinished({ nomad, services }: OldProgramsContext): Promise<boolean> {
  const journals = await Promise.all(services.map(({ name }) => readJournal(nomad, name)));
  return journals.some((journal) => journal !== undefined && isUnfinished(journal.phase));
}
