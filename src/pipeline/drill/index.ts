import type { DbctlError } from '../../errors/dbctl-error.js';
import type { DrillFinding, DrillPart } from '../../report/drill-report.js';
import type { DatabaseEvidence } from '../../report/report.js';
import { asDbctlError } from '../run.js';
import type { DrillContext } from './context.js';
import { findingOf } from './findings.js';
import { startDrill } from './job.js';
import { type Checked, drillChecks, drillRestore, drillSet, drillVerify, requireWhole } from './steps.js';

export interface DrillOutcome {
  readonly parts: readonly DrillPart[];
  readonly findings: readonly DrillFinding[];
  readonly databases: readonly DatabaseEvidence[];
  readonly checks: readonly string[];
  /** Set when the drill could not be carried through for a reason that says nothing of the backup. */
  readonly error?: DbctlError;
}

/** The whole drill but its cleaning up. What is wrong with the backup is a finding; never throws. */
export async function runDrill(ctx: DrillContext): Promise<DrillOutcome> {
  const parts: DrillPart[] = [];
  const timed = async <T>(id: DrillPart['id'], work: () => Promise<T>): Promise<T> => {
    const started = ctx.clock.monotonic();
    ctx.progress(WORDS[id]);
    const result = await work();
    parts.push({ id, seconds: Math.round(ctx.clock.monotonic() - started) / 1000 });
    return result;
  };
  const found: { databases: readonly DatabaseEvidence[]; checked?: Checked } = { databases: [] };
  try {
    const toolbox = await timed('start', () => startDrill(ctx));
    const set = await timed('fetch', () => drillSet(ctx, toolbox));
    requireWhole(ctx, set);
    await timed('restore', () => drillRestore(ctx, toolbox, set));
    found.databases = await timed('verify', () => drillVerify(ctx, toolbox));
    found.checked = await timed('check', () => drillChecks(ctx, toolbox));
    return { parts, ...found, findings: found.checked.findings, checks: found.checked.lines };
  } catch (cause) {
    const error = asDbctlError(cause, ctx.signal, 'drill');
    const finding = findingOf(error);
    const base = { parts, databases: found.databases, checks: found.checked?.lines ?? [] };
    return finding ? { ...base, findings: [finding] } : { ...base, findings: [], error };
  }
}

const WORDS: Readonly<Record<DrillPart['id'], string>> = {
  start: 'a server that is thrown away afterwards',
  fetch: 'fetch',
  restore: 'restore',
  verify: 'compare',
  check: 'look page by page',
};
