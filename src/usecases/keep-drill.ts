import { DbctlError, isDbctlError } from '../errors/dbctl-error.js';
import { runCatalogJob } from '../pipeline/catalog-job.js';
import type { DrillContext } from '../pipeline/drill/context.js';
import type { DrillReport } from '../report/drill-report.js';
import type { UseCaseDeps } from './deps.js';
import type { DrillSource } from './drill-source.js';

type Volume = Pick<DrillSource, 'toolbox' | 'history'>;
type Kept = Pick<DrillContext, 'run' | 'evidenceDir' | 'note'>;

/**
 * One line a drill in the history on the backup volume, which the catalog and the metrics show at once, and a message to
 * those who want to hear of drills; the whole beside the operator's files. What could not be kept is a note: the drill stands.
 */
export async function keepDrill(deps: UseCaseDeps, kept: Kept, source: Volume, drilled: DrillReport): Promise<void> {
  const saved = deps.files.write(`${kept.evidenceDir}/drill.json`, `${JSON.stringify(drilled, null, 2)}\n`);
  await saved.catch((error: unknown) => noteWhy(kept, 'its report was not saved', error));
  await noteOnVolume(deps, kept, source, drilled).catch((error: unknown) =>
    noteWhy(kept, 'the history on the backup volume was not written', error),
  );
}

async function noteOnVolume(
  deps: UseCaseDeps,
  kept: Kept,
  { toolbox, history }: Volume,
  drilled: DrillReport,
): Promise<void> {
  // Whoever stopped the drill wants it noted all the same.
  const calm = { ...deps, signal: AbortSignal.timeout(KEEP_MS) };
  try {
    const job = await history();
    const env = { ...job.env, ...lineOf(kept.run, drilled) };
    await runCatalogJob(calm, toolbox, `drill-${kept.run}`, { ...job, env });
  } catch (cause) {
    if (isDbctlError(cause) || !calm.signal.aborted) throw cause;
    throw new DbctlError('TOOLBOX_FAILED', 'no answer within two minutes', { cause });
  }
}

const KEEP_MS = 120_000;

function noteWhy({ note }: Kept, what: string, error: unknown): void {
  if (!isDbctlError(error)) throw error;
  note(`${what}: ${error.message}`);
}

function lineOf(run: string, drilled: DrillReport): Record<string, string> {
  const { at, status, findings, set, parts, rtoSeconds, budgetSeconds } = drilled;
  const seconds = Math.round(parts.reduce((sum, part) => sum + part.seconds, 0) * 10) / 10;
  const codes = findings.map(({ code }) => code);
  const line = { schema: 'dbctl.drilled/1', run, at, status, seconds, codes, set, rtoSeconds, budgetSeconds };
  return {
    DRILL_RUN: run,
    DRILL: JSON.stringify(line),
    DRILL_OUTCOME: status === 'ok' ? 'success' : 'failure',
    DRILL_NOTE: noteOf(drilled),
  };
}

/** One line for a message. */
export function noteOf({ status, findings, set, rtoSeconds, error }: DrillReport): string {
  const what = set === null ? 'no backup was tried' : `${set.id} from ${set.from}`;
  if (status === 'ok') return `${what} was restored and is equal${rtoSeconds === null ? '' : `, in ${rtoSeconds} s`}`;
  const said = findings.map(({ code, text }) => `${code}: ${text}`);
  return [what, ...said, ...(error ? [`${error.code}: ${error.message}`] : [])].join('; ');
}
