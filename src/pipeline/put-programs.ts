import { putFiles } from '../dataplane/put-files.js';
import { runDir } from '../dataplane/task-ref.js';
import { programs } from '../engines/postgres/scripts.js';
import { serviceDir } from './backup-settings.js';
import type { TargetContext, Toolbox } from './live.js';
import { inToolbox } from './toolbox-run.js';

/** The folder appears whole or not at all, and one that is there is never touched. $1 staged, $2 folder of programs, $3 its name. */
const PLACE = `from="$NOMAD_ALLOC_DIR/$1"
if [ ! -d "$2/$3" ]; then
  mkdir -p "$2"
  new="$2/$3.part.$$"
  rm -rf -- "$new"
  cp -R "$from" "$new"
  sync
  mv "$new" "$2/$3" || [ -d "$2/$3" ]
fi
rm -rf -- "$from"`;

/**
 * Puts the programs of this dbctl onto the backup volume; twice is once. Returns the first digits of their SHA-256, which is
 * what a jobspec pins. Throws EXEC_FAILED, EXEC_UNKNOWN.
 */
export async function putPrograms(
  ctx: Pick<TargetContext, 'nomad' | 'signal'> & { readonly plan: { readonly service: string } },
  toolbox: Toolbox,
): Promise<string> {
  const { sha, files } = programs();
  const dir = runDir({ ...toolbox, run: 'programs', step: sha });
  await putFiles(ctx.nomad, { ...toolbox, root: 'alloc', dir, files, signal: ctx.signal });
  await inToolbox(ctx, toolbox, PLACE, dir, `${serviceDir(ctx.plan.service)}/programs`, sha);
  return sha;
}
