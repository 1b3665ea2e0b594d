import type { DbctlError } from '../../errors/dbctl-error.js';
import type { Reporter } from '../../ports/reporter.js';
import type { DrillFinding, DrillPart } from '../../report/drill-report.js';
import type { DatabaseEvidence, StepResult } from '../../report/report.js';
import { asDbctlError } from '../run.js';
import type { DrillContext } from './context.js';
import { findingOf, unrelated } from './findings.js';
import { startDrill } from './job.js';
import { drillChecks, drillRestore, drillSet, drillVerify, requireWhole } from './steps.js';

export interface DrillOutcome {
  readonly parts: readonly DrillPart[];
  readonly findings: readonly DrillFinding[];
  readonly databases: readonly DatabaseEvidence[];
  readonly checks: readonly string[];
  /** Set when the drill could not be carried through for a reason that says nothing of the backup. */
  readonly error?: DbctlError;
}

type PartId = DrillPart['id'];

const TITLES: Readonly<Record<PartId, string>> = {
  start: 'Start a server that is thrown away afterwards',
  fetch: 'Fetch the backup',
  restore: 'Restore it',
  verify: 'Compare every table, sequence and catalog entry',
  check: 'Read it page by page, ask the assertions',
};

export const DRILL_PARTS: readonly { readonly id: PartId; readonly title: string }[] = (
  Object.entries(TITLES) as [PartId, string][]
).map(([id, title]) => ({ id, title }));

/** The whole drill but its cleaning up. What is wrong with the backup is a finding; never throws. */
export async function runDrill(
  service: string,
  contextFor: (id: PartId) => DrillContext,
  signal: AbortSignal,
  reporter: Reporter,
): Promise<DrillOutcome> {
  const parts: DrillPart[] = [];
  const timed = async <T>(id: PartId, work: (ctx: DrillContext) => Promise<T>): Promise<T> => {
    const ctx = contextFor(id);
    const started = ctx.clock.monotonic();
    reporter.emit({ kind: 'step-started', id, title: TITLES[id] });
    const seconds = (): number => Math.round(ctx.clock.monotonic() - started) / 1000;
    try {
      const result = await work(ctx);
      parts.push({ id, seconds: seconds() });
      reporter.emit({ kind: 'step-finished', result: stepOf(id, 'ok', seconds(), TITLES[id]) });
      return result;
    } catch (cause) {
      const { code, message } = asDbctlError(cause, signal, `drill, ${id}`);
      reporter.emit({ kind: 'step-finished', result: stepOf(id, 'failed', seconds(), `${code}: ${message}`) });
      throw cause;
    }
  };
  const found: { databases: readonly DatabaseEvidence[] } = { databases: [] };
  try {
    const toolbox = await timed('start', startDrill);
    const set = await timed('fetch', async (ctx) => requireWhole(ctx, await drillSet(ctx, toolbox)));
    await timed('restore', (ctx) => drillRestore(ctx, toolbox, set));
    found.databases = await timed('verify', (ctx) => drillVerify(ctx, toolbox));
    const { findings, lines } = await timed('check', (ctx) => drillChecks(ctx, toolbox));
    return { parts, databases: found.databases, findings, checks: lines };
  } catch (cause) {
    return { parts, databases: found.databases, checks: [], ...told(service, asDbctlError(cause, signal, 'drill')) };
  }
}

const stepOf = (id: PartId, status: StepResult['status'], seconds: number, summary: string): StepResult => ({
  ...{ id, title: TITLES[id], status, seconds, summary },
  evidence: {},
});

/** A finding where the error speaks of the backup, else itself. */
export function told(service: string, error: DbctlError): Pick<DrillOutcome, 'findings' | 'error'> {
  const finding = findingOf(service, error);
  return finding ? { findings: [finding] } : { findings: [], error: unrelated(service, error) };
}
