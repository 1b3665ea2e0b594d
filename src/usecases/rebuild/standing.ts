import { databasesSql } from '../../engines/postgres/identity.js';
import { emptyCheckSql } from '../../engines/postgres/scripts.js';
import { DbctlError, isDbctlError } from '../../errors/dbctl-error.js';
import type { InventoryService } from '../../inventory/types.js';
import { hasOwnDatabase, isUnfinished, type Journal, verbOf } from '../../pipeline/journal.js';
import { journalToReadOnly } from '../../pipeline/journal-store.js';
import { isTerminal } from '../../pipeline/wait-alloc.js';
import { serviceName, TASKS } from '../../plan/names.js';
import type { SqlTarget } from '../../ports/sql.js';
import type { UseCaseDeps } from '../deps.js';
import { readingSql } from '../facts/reading-sql.js';
import type { PreparedProvision } from '../prepare-provision.js';
import { textsOf } from '../run-texts.js';

/** `gone`: nothing of it is to be seen but what a run of dbctl made and left. `ours`: a rebuild of it was begun, or is done. `there`: in words what there is. */
export type Standing =
  | { readonly kind: 'gone'; readonly dataVolume: string | null }
  | { readonly kind: 'ours'; readonly done: boolean }
  | { readonly kind: 'there'; readonly why: string; readonly next: string };

/** Whether a database of the service is anywhere that can be seen; its own servers first. Changes nothing. */
export async function standingOf(deps: UseCaseDeps, service: InventoryService): Promise<Standing> {
  const { current, texts } = await journalToReadOnly(deps.nomad, service.name);
  const prepared = current && textsOf<PreparedProvision>(texts, current.run);
  if (current && prepared?.fill?.from === service.name && (isProvision(current) || current.phase === 'provisioned'))
    return { kind: 'ours', done: current.phase === 'provisioned' };
  if (current && (hasOwnDatabase(current.phase) || isUnfinished(current.phase))) return byJournal(service, current);
  for (const job of new Set([service.job, serviceName(service.name)])) {
    const alloc = (await deps.nomad.allocations(job)).find(
      (one) => !isTerminal(one) && one.TaskStates?.[TASKS.postgres] !== undefined,
    );
    if (alloc)
      return {
        kind: 'there',
        why: `allocation ${alloc.ID.slice(0, 8)} of job ${job} has a database server in it`,
        next: `look what it holds: nomad job status ${job}; if it is nothing: nomad job stop -purge ${job}`,
      };
  }
  return { kind: 'gone', dataVolume: (current?.facts['dataVolume'] as string | undefined) ?? null };
}

const isProvision = ({ phase }: Journal): boolean => phase === 'provisioning' || phase === 'unprovisioning';

const byJournal = ({ name }: InventoryService, { phase, run }: Journal): Standing => ({
  kind: 'there',
  ...(isUnfinished(phase)
    ? { why: `run ${run} of it is ${phase}`, next: `dbctl ${verbOf(phase)} ${name} --resume` }
    : { why: `its journal says that it has a database of its own (${phase})`, next: `dbctl restore ${name}` }),
});

/**
 * Which of these databases the shared instance has with nothing in them, as a fresh one makes them at its start. Throws
 * DATABASE_NOT_EMPTY for one that holds anything, DATABASE_UNAVAILABLE while an instance that there is cannot be asked.
 */
export async function emptyOnShared(deps: UseCaseDeps, service: string, names: readonly string[]): Promise<string[]> {
  const { job, task } = deps.inventory.shared;
  const running = await deps.nomad.job(job);
  if (!running || running.Stop === true) return [];
  const live = (await deps.nomad.allocations(job)).filter((one) => !isTerminal(one) && one.TaskStates?.[task]);
  const [only, second] = live;
  if (!only || second) throw unseen(job, service);
  const sql = readingSql(deps.sql);
  const at = (database: string): SqlTarget => ({ allocId: only.ID, task, database });
  const ask = (database: string, text: string) =>
    sql.run(at(database), text, { signal: deps.signal }).catch((error: unknown) => {
      throw isDbctlError(error) ? unseen(job, service, error) : error;
    });
  const there = (await ask('postgres', databasesSql())) as { datname: string; allowConn: boolean }[];
  const found = there
    .filter(({ datname, allowConn }) => allowConn && names.includes(datname))
    .map((row) => row.datname);
  for (const name of found) {
    const [thing] = (await ask(name, emptyCheckSql())) as { object: string }[];
    if (thing) throw holds(service, name, job, thing.object);
  }
  return found;
}

const holds = (service: string, database: string, job: string, object: string): DbctlError =>
  new DbctlError('DATABASE_NOT_EMPTY', 'the shared instance has a database of the service with something in it', {
    where: `database ${database} of job ${job}`,
    value: object,
    next: `dbctl migrate ${service}; or, if it is worth nothing, drop it first`,
  });

const unseen = (job: string, service: string, cause?: DbctlError): DbctlError =>
  new DbctlError('DATABASE_UNAVAILABLE', 'whether the shared instance has a database of the service cannot be seen', {
    where: `job ${job}`,
    ...(cause ? { value: cause.message, cause } : {}),
    next: `nomad job status ${job}; start it, or stop it; then dbctl rebuild ${service}`,
  });
