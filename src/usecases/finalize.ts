import { DbctlError } from '../errors/dbctl-error.js';
import type { Journal } from '../pipeline/journal.js';
import { FINALIZE_STEPS } from '../pipeline/steps/index.js';
import type { MigrateReport } from '../report/migrate-report.js';
import { databasesText } from './databases-text.js';
import type { UseCaseDeps } from './deps.js';
import { saveReport } from './evidence-files.js';
import { moveReport } from './move-report.js';
import { prepareSharedInit } from './prepare-move.js';
import { loadPrepared, requireService } from './prepared-run.js';
import { moveRun, runPipeline, withRun } from './run-move.js';

export interface FinalizeInput {
  readonly service: string;
  readonly resume: boolean;
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
    const prepared = await prepareSharedInit(deps, await loadPrepared(deps, input.service, run));
    await input.confirm(
      `Drop the old ${databasesText(prepared.plan)} from job ${prepared.plan.source.job}. This cannot be undone.`,
    );
    const move = moveRun(open, prepared);
    const options = {
      title: `Finalize ${service}`,
      steps: FINALIZE_STEPS,
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
      return await gateClosed(open, moveReport({ ...base, status: 'failed', error: result.failed.error }));
    return await saveReport(deps, move, moveReport({ ...base, status: 'ok' }));
  });
}

/** A refusal of the gate leaves the run as it was; a cut inside the drop stays `finalizing` and is resumed. */
async function gateClosed(
  open: Parameters<Parameters<typeof withRun>[2]>[0],
  report: MigrateReport,
): Promise<MigrateReport> {
  const { current } = open.journal;
  const dropStarted = current?.steps.some((step) => step.id === 'final-drop');
  if (current && !dropStarted) {
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
  throw new DbctlError('RUN_NOT_FOUND', 'there is no finished move to finalize', {
    where: `service ${service}`,
    value: journal?.phase ?? 'never migrated',
    next: `dbctl plan ${service}`,
  });
}
