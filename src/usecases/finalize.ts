import { DbctlError } from '../errors/dbctl-error.js';
import { isUncertain } from '../pipeline/after-failure.js';
import type { Journal } from '../pipeline/journal.js';
import type { Proof } from '../pipeline/proof.js';
import { finalizeSteps } from '../pipeline/steps/index.js';
import type { MigrateReport } from '../report/migrate-report.js';
import { databasesText } from './databases-text.js';
import type { UseCaseDeps } from './deps.js';
import { saveReport } from './evidence-files.js';
import { moveReport } from './move-report.js';
import { prepareSharedInit } from './prepare-move.js';
import { loadPrepared, requireService } from './prepared-run.js';
import { wayBackText } from './proof-text.js';
import { moveRun, type OpenRun, runPipeline, withRun } from './run-move.js';

export interface FinalizeInput {
  readonly service: string;
  readonly resume: boolean;
  /** Tables that had rows when they were moved and rightly are empty or gone by now, `schema.name`. */
  readonly gone: readonly string[];
  readonly confirm: (question: string) => Promise<void>;
}

/** Drops the closed source database behind the drop gate. Once finalized: nothing to do. A closed gate changes nothing. */
export function finalize(deps: UseCaseDeps, input: FinalizeInput): Promise<MigrateReport> {
  requireService(deps, input.service);
  return withRun(deps, input.service, async (open) => {
    const journal = open.journal.current;
    const { service } = input;
    if (journal?.phase === 'finalized') {
      return moveReport({
        kind: 'finalize',
        service,
        run: journal.run,
        status: 'nothing-to-do',
        notes: ['already finalized'],
      });
    }
    const run = requireRun(journal, input);
    const prepared = await prepareSharedInit(deps, await loadPrepared(open, input.service, run));
    await input.confirm(
      `Drop the old ${databasesText(prepared.plan)} from job ${prepared.plan.source.job}. This cannot be undone. ${wayBackText(open.journal.fact<Proof>('proof'), deps.clock.now())}`,
    );
    const move = moveRun(open, prepared);
    const options = {
      title: `Finalize ${service}`,
      steps: finalizeSteps(input.gone),
      during: 'finalizing',
      after: 'finalized',
    } as const;
    const result = await runPipeline(open, move, options);
    const base = {
      kind: 'finalize',
      service,
      run,
      journal: open.journal,
      steps: result.results,
      notes: move.notes,
    } as const;
    if (result.failed)
      return await gateClosed(
        open,
        result.failed.error,
        moveReport({ ...base, status: 'failed', error: result.failed.error }),
      );
    return await saveReport(deps, move, moveReport({ ...base, status: 'ok' }));
  });
}

/** Until all was compared nothing can be gone: the run is as it was, and may be rolled back. After that it is resumed. */
async function gateClosed(open: OpenRun, error: DbctlError, report: MigrateReport): Promise<MigrateReport> {
  const { current } = open.journal;
  if (current && !isUncertain(error.code) && current.facts['final.compared'] !== true) {
    const steps = current.steps.filter((step) => !step.id.startsWith('final-'));
    await open.journal.save({ ...current, steps, phase: 'migrated' });
  }
  return report;
}

function requireRun(journal: Journal | undefined, input: FinalizeInput): string {
  const { service, resume } = input;
  if (journal?.phase === 'migrated' || (journal?.phase === 'finalizing' && resume)) return journal.run;
  if (journal?.phase === 'finalizing') {
    throw new DbctlError('RUN_UNFINISHED', 'a finalize was interrupted', {
      next: `dbctl finalize ${service} --resume`,
    });
  }
  if (journal?.phase === 'restoring') {
    throw new DbctlError('RUN_UNFINISHED', 'a restore of this service was interrupted', {
      next: `dbctl restore ${service} --resume`,
    });
  }
  throw new DbctlError('RUN_NOT_FOUND', 'there is no finished move to finalize', {
    where: `service ${service}`,
    value: journal?.phase ?? 'never migrated',
    next: `dbctl plan ${service}`,
  });
}
