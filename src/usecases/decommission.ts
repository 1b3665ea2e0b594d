import { type RemainingRow, remainingSql } from '../engines/postgres/remaining.js';
import { DbctlError } from '../errors/dbctl-error.js';
import { readJournal } from '../pipeline/journal-store.js';
import { isTerminal } from '../pipeline/wait-alloc.js';
import { remainingUses } from '../plan/remaining.js';
import type { NomadJob } from '../ports/nomad.js';
import type { DecommissionReport } from '../report/decommission-report.js';
import type { UseCaseDeps } from './deps.js';
import { collectClusterFacts } from './facts/cluster.js';
import { readingSql } from './facts/reading-sql.js';
import { registeredAddress } from './facts/shared-address.js';

export interface DecommissionInput {
  /** Jobs that name the instance in settings they no longer use: an app that owns its settings keeps those of its installation. */
  readonly ignored: readonly string[];
  /** Rejects when the operator declines; called before the only effect. */
  readonly confirm: (question: string) => Promise<void>;
}

const STOP_MS = 120_000;

/**
 * Stops the shared instance once nothing is left on it. Looks at everything first and refuses with the whole list
 * (DECOMMISSION_GATE); its volumes, jobspec and secret are kept. Stopped already: nothing to do.
 * The one effect is a compare-and-set on the job, so it may be repeated, and `nomad job run` takes it back.
 */
export async function decommission(deps: UseCaseDeps, input: DecommissionInput): Promise<DecommissionReport> {
  const { shared } = deps.inventory;
  const job = await deps.nomad.job(shared.job);
  if (job === undefined || job.Stop) return report(deps, job, 'nothing-to-do', []);
  const held = await requireNothingLeft(deps, input.ignored);
  await input.confirm(`Stop job ${shared.job} for good: nothing is left on it. Its data volume is kept.`);
  await deps.nomad.registerJob({ ...job, Stop: true }, { enforceIndex: job.JobModifyIndex ?? 0 });
  await waitStopped(deps);
  return report(deps, job, 'ok', held);
}

async function requireNothingLeft(deps: UseCaseDeps, ignored: readonly string[]): Promise<string[]> {
  const { shared } = deps.inventory;
  const { jobs } = await collectClusterFacts(deps);
  const rows = await remainingRows(deps);
  const phases = await Promise.all(
    deps.inventory.services.map(async ({ name }) => ({
      service: name,
      phase: (await readJournal(deps.nomad, name))?.phase,
    })),
  );
  const address = await registeredAddress(deps, jobs);
  const uses = remainingUses({ rows, jobs, shared, address, phases, ignored });
  if (uses.length === 0) {
    return [
      `no database besides postgres and the templates`,
      'no session, replication slot or prepared transaction',
      ignored.length === 0
        ? `none of ${jobs.length} running jobs names it`
        : `none of ${jobs.length} running jobs names it but ${ignored.join(', ')}, by your word without using it`,
      `${phases.length} services of the inventory are finalized or never used it`,
    ];
  }
  throw new DbctlError('DECOMMISSION_GATE', 'the shared instance is still needed', {
    where: `job ${shared.job}`,
    details: uses,
    next: 'dbctl migrate --all, dbctl finalize --all; a database that no service claims: dump and drop it yourself; a job whose setting is only left over: --ignore-job <job>',
  });
}

async function remainingRows(deps: UseCaseDeps): Promise<RemainingRow[]> {
  const { job, task } = deps.inventory.shared;
  const running = (await deps.nomad.allocations(job)).filter(
    (alloc) => alloc.DesiredStatus === 'run' && alloc.TaskStates?.[task]?.State === 'running',
  );
  const [only, second] = running;
  if (!only || second) {
    throw new DbctlError(
      'DATABASE_UNAVAILABLE',
      `${running.length} allocations of task ${task} run, need exactly one`,
      {
        where: `job ${job}`,
        next: `nomad job status ${job}`,
      },
    );
  }
  const target = { allocId: only.ID, task, database: 'postgres' };
  return (await readingSql(deps.sql).run(target, remainingSql(), { signal: deps.signal })) as RemainingRow[];
}

async function waitStopped(deps: UseCaseDeps): Promise<void> {
  const { job } = deps.inventory.shared;
  const until = deps.clock.monotonic() + STOP_MS;
  while (!(await deps.nomad.allocations(job)).every(isTerminal)) {
    if (deps.clock.monotonic() > until) {
      throw new DbctlError('NOMAD_ALLOC_FAILED', `the job was told to stop, but still runs after ${STOP_MS / 1000} s`, {
        where: `job ${job}`,
        next: `nomad job status ${job}`,
      });
    }
    await deps.clock.sleep(300, deps.signal);
  }
}

function report(
  { inventory: { shared, vault } }: UseCaseDeps,
  job: NomadJob | undefined,
  status: DecommissionReport['status'],
  held: readonly string[],
): DecommissionReport {
  const volumes = (job?.TaskGroups ?? []).flatMap((group) => Object.values(group.Volumes ?? {}));
  return {
    schema: 'dbctl.decommission/1',
    status,
    job: shared.job,
    held,
    left: [
      ...volumes.map(({ Source }) => ({
        what: `volume ${Source}`,
        remove: `nomad volume status, then nomad volume delete, once you are sure`,
      })),
      ...(shared.jobspec === null ? [] : [{ what: `jobspec ${shared.jobspec}`, remove: 'git rm' }]),
      {
        what: `secret ${vault.mount}/${shared.admin}`,
        remove: `vault kv metadata delete ${vault.mount}/${shared.admin}`,
      },
      { what: `job ${shared.job}, stopped`, remove: `nomad job stop -purge ${shared.job}` },
    ],
  };
}
