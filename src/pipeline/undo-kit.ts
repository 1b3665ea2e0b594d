import { putFiles } from '../dataplane/put-files.js';
import { runDir } from '../dataplane/task-ref.js';
import { TASKS } from '../plan/names.js';
import type { NomadPort } from '../ports/nomad.js';
import type { MoveContext } from './context.js';
import type { Toolbox } from './live.js';
import { inToolbox } from './toolbox-run.js';

const FILE = 'prepared.json';
/** Of a run that was undone nothing is left to go back to. */
export const undoKitFolder = (service: string, run: string): string => `/backups/${service}/${run}/undo`;

/**
 * Keeps the run's texts (jobspec before and after, plan) on the backup volume, 0600: Nomad forgets stopped jobs after
 * hours, and the machine that began the run may be gone when somebody wants to go back. Twice is once.
 */
export async function saveUndoKit(ctx: MoveContext, toolbox: Toolbox): Promise<void> {
  const text = JSON.stringify({ run: ctx.run, home: ctx.home, plan: ctx.plan, artifacts: ctx.artifacts }, null, 2);
  const dir = runDir({ ...toolbox, run: ctx.run, step: 'undo' });
  await putFiles(ctx.nomad, { ...toolbox, root: 'alloc', dir, files: [{ name: FILE, text }], signal: ctx.signal });
  const script = 'mkdir -p "$2"; cp "$NOMAD_ALLOC_DIR/$1" "$2/.kit"; mv "$2/.kit" "$2/prepared.json"';
  await inToolbox(ctx, toolbox, script, `${dir}/${FILE}`, undoKitFolder(ctx.plan.service, ctx.run));
}

interface KitDeps {
  readonly nomad: NomadPort;
  readonly signal: AbortSignal;
}

/** The saved text, read back through the service's own toolbox; `undefined` when there is none to ask. */
export async function readUndoKit(
  deps: KitDeps,
  of: { job: string; service: string; run: string },
): Promise<string | undefined> {
  const allocations = await deps.nomad.allocations(of.job);
  const alloc = allocations.find(
    (entry) => entry.ClientStatus === 'running' && entry.TaskStates?.[TASKS.toolbox]?.State === 'running',
  );
  if (!alloc) return undefined;
  const toolbox = { allocId: alloc.ID, task: TASKS.toolbox };
  const dir = runDir({ ...toolbox, run: of.run, step: 'undo' });
  const script = 'mkdir -p "$NOMAD_ALLOC_DIR/$2"; cp "$1/prepared.json" "$NOMAD_ALLOC_DIR/$2/prepared.json"';
  const copied = await inToolbox(deps, toolbox, script, undoKitFolder(of.service, of.run), dir).then(
    () => true,
    () => false,
  );
  return copied ? await deps.nomad.readFile(alloc.ID, `alloc/${dir}/${FILE}`) : undefined;
}
