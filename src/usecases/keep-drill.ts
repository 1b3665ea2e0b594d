import { DbctlError } from '../errors/dbctl-error.js';
import { runCatalogJob } from '../pipeline/catalog-job.js';
import type { DrillContext } from '../pipeline/drill/context.js';
import type { Toolbox } from '../pipeline/live.js';
import type { DrillReport } from '../report/drill-report.js';
import { catalogJob } from './catalog-env.js';
import type { UseCaseDeps } from './deps.js';

/**
 * One line a drill in the history on the backup volume, which the catalog and the metrics show at once, and a message to
 * those who want to hear of drills; the whole beside the operator's files. What could not be kept is a note: the drill stands.
 */
export async function keepDrill(
  deps: UseCaseDeps,
  ctx: DrillContext,
  toolbox: Toolbox,
  drilled: DrillReport,
): Promise<void> {
  await ctx.files.write(`${ctx.evidenceDir}/drill.json`, `${JSON.stringify(drilled, null, 2)}\n`);
  const seen = { service: drilled.service, folder: null, catalog: null, toolbox };
  // Whoever stopped the drill wants it noted all the same.
  const calm = { ...deps, signal: AbortSignal.timeout(120_000) };
  try {
    const job = await catalogJob(deps, seen, 'drilled.sh');
    await runCatalogJob(calm, toolbox, `drill-${ctx.run}`, {
      ...job,
      env: { ...job.env, ...lineOf(ctx.run, drilled) },
    });
  } catch (error) {
    if (!(error instanceof DbctlError) && !calm.signal.aborted) throw error;
    const why = error instanceof DbctlError ? error.message : 'no answer within two minutes';
    ctx.note(`the history on the backup volume was not written: ${why}`);
  }
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
