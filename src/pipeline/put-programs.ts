import { putFiles } from '../dataplane/put-files.js';
import { runDir } from '../dataplane/task-ref.js';
import { programs } from '../engines/postgres/scripts.js';
import { serviceDir } from './backup-settings.js';
import type { TargetContext, Toolbox } from './live.js';
import { inToolbox } from './toolbox-run.js';

/** Says so when the programs in the folder $1 are those whose sum begins with $2, byte for byte. */
const WHOLE = `export LC_ALL=C
sums="$NOMAD_ALLOC_DIR/dbctl/programs.$$"
if cd "$1" 2>/dev/null; then
  sha256sum ./* >"$sums.raw"
  sed 's|  \\./|  |' "$sums.raw" >"$sums"
  sum=$(sha256sum "$sums")
  rm -f "$sums" "$sums.raw"
  case $sum in "$2"*)
    # Whoever takes away what is old sees that it is wanted.
    touch . 2>/dev/null || :
    echo dbctl-whole
    ;;
  esac
fi`;

/** The folder appears whole or not at all, in place of a damaged one. $1 staged, $2 folder of programs, $3 its name. */
const PLACE = `from="$NOMAD_ALLOC_DIR/$1"
mkdir -p "$2"
new="$2/$3.part.$$"
rm -rf -- "$new"
cp -R "$from" "$new"
sync
rm -rf -- "$2/$3"
mv "$new" "$2/$3" || [ -d "$2/$3" ]
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
  const folder = `${serviceDir(ctx.plan.service)}/programs`;
  if (/^dbctl-whole$/m.test(await inToolbox(ctx, toolbox, WHOLE, `${folder}/${sha}`, sha))) return sha;
  const dir = runDir({ ...toolbox, run: 'programs', step: sha });
  await putFiles(ctx.nomad, { ...toolbox, root: 'alloc', dir, files, signal: ctx.signal });
  await inToolbox(ctx, toolbox, PLACE, dir, folder, sha);
  return sha;
}
