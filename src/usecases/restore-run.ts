import { DbctlError } from '../errors/dbctl-error.js';
import type { Journal } from '../pipeline/journal.js';
import type { JournalHandle } from '../pipeline/journal-store.js';
import { restoreJournal } from '../pipeline/nested-journal.js';
import type { RestoreContext, RestoreRequest } from '../pipeline/restore/context.js';
import { renderToolsJob } from '../render/index.js';
import type { Secret } from '../shared/secret.js';
import { loadPrepared, requireService } from './prepared-run.js';
import type { MoveRun, OpenRun } from './run-move.js';

/** A restore with its own journal open, inside that of the service. */
export interface OpenRestore extends OpenRun {
  readonly service: string;
  readonly target: RestoreContext['plan']['target'];
}

/** Throws RUN_NOT_FOUND when the texts of the service's database are nowhere. */
export async function openRestore(open: OpenRun, journal: Journal): Promise<OpenRestore> {
  const { plan } = await loadPrepared(open, journal.service, journal.run);
  return { ...open, journal: restoreJournal(open.journal), service: journal.service, target: plan.target };
}

/** Ties the ports and the open journal into the context of each step. */
export function restoreRun(
  { deps, journal, signal, service: name, target }: OpenRestore,
  identity: Secret | null,
): MoveRun<RestoreContext> {
  const notes: string[] = [];
  const { nomad, consul, vault, sql, files, clock, newSecret, randomBytes, reporter } = deps;
  const service = requireService(deps, name);
  const run = requireRun(journal);
  const contextFor = (stepId: string): RestoreContext => ({
    ...{ nomad, consul, vault, sql, files, clock, newSecret, randomBytes },
    ...{ signal, service, journal, run, identity },
    plan: { service: name, target, appJob: service.job },
    request: requestOf(journal),
    toolsJob: renderToolsJob,
    home: `/backups/${name}`,
    evidenceDir: `${deps.home}/migrations-plan/${name}/${run}`,
    resume: `dbctl restore ${name} --resume`,
    progress: (text, done, total) =>
      reporter.emit({
        ...{ kind: 'step-progress', id: stepId, text },
        ...(done === undefined ? {} : { done }),
        ...(total === undefined ? {} : { total }),
      }),
    note: (text) => {
      notes.push(text);
      reporter.emit({ kind: 'note', level: 'warn', text });
    },
  });
  return { contextFor, notes };
}

function requireRun({ current }: JournalHandle): string {
  if (current) return current.run;
  throw new DbctlError('INTERNAL', 'no restore is journalled');
}

export function requestOf(journal: JournalHandle): RestoreRequest {
  const request = journal.fact<RestoreRequest>('request');
  if (request) return request;
  throw new DbctlError('INTERNAL', 'the journal does not say what is restored');
}
