import { type Chosen, choose, type Wanted } from '../../plan/doctor/choose.js';
import { CHECKS } from '../../plan/doctor/index.js';
import { runChecks } from '../../plan/doctor/run.js';
import type { DoctorCheck, DoctorListReport, DoctorRepair, DoctorReport } from '../../report/doctor-report.js';
import { collect } from './collect.js';
import type { DoctorDeps } from './deps.js';
import { applyRepairs, repairsIn, repairText } from './repair.js';

export interface DoctorInput extends Wanted {
  /** Warnings, and what could not be looked at, change the exit code. */
  readonly strict: boolean;
  /** Each check as it is done. */
  readonly done: (check: DoctorCheck) => void;
  /** Before the first repair, with all of them in words; rejects when the operator declines. `null`: nothing is repaired. */
  readonly confirm: ((repairs: readonly string[]) => Promise<void>) | null;
}

/**
 * Looks at everything that was asked for; changes nothing without `confirm`. With it, what can be mended without any loss is
 * mended, and looked at again. A broken cluster is told in the report: only bad names throw (USAGE).
 */
export async function doctor(deps: DoctorDeps, input: DoctorInput): Promise<DoctorReport> {
  const started = deps.clock.monotonic();
  const chosen = choose(CHECKS, deps.inventory, input);
  const first = await look(deps, chosen, input.done);
  const repairs = input.confirm === null ? [] : await mend(deps, first, input.confirm);
  const checks = repairs.length === 0 ? first : await look(deps, chosen, input.done);
  const seconds = Math.round(deps.clock.monotonic() - started) / 1000;
  return {
    schema: 'dbctl.doctor/1',
    at: deps.clock.now().toISOString(),
    ...verdict(checks, input.strict),
    seconds,
    inventory: deps.inventory.path,
    servers: deps.servers,
    ...{ checks, repairs },
  };
}

/** Everything, once; nothing is mended. */
export const examined = (deps: DoctorDeps): Promise<DoctorReport> =>
  doctor(deps, { names: [], only: [], skip: [], strict: false, done: () => undefined, confirm: null });

/** Which checks will be run, so that progress can be told by group. Throws USAGE. */
export const doctorChecks = ({ inventory }: DoctorDeps, wanted: Wanted): Chosen['checks'] =>
  choose(CHECKS, inventory, wanted).checks;

export const doctorList = (): DoctorListReport => ({
  schema: 'dbctl.doctor-list/1',
  checks: CHECKS.map(({ id, group, title, why, needs }) => ({ id, group, title, why, needs })),
});

/** Sources are asked for at once, not when their check's turn comes: they are what takes time. */
async function look(deps: DoctorDeps, chosen: Chosen, done: DoctorInput['done']): Promise<DoctorCheck[]> {
  const coming = collect({ ...deps, services: chosen.services });
  for (const source of new Set(chosen.checks.flatMap(({ reads }) => reads)))
    void coming[source]().catch(() => undefined);
  const inventory = { ...deps.inventory, services: chosen.services };
  return await runChecks(chosen.checks, coming, { inventory, now: deps.clock.now() }, done);
}

async function mend(
  deps: DoctorDeps,
  checks: readonly DoctorCheck[],
  confirm: NonNullable<DoctorInput['confirm']>,
): Promise<DoctorRepair[]> {
  const repairs = repairsIn(checks);
  if (repairs.length === 0) return [];
  await confirm(repairs.map(({ repair }) => repairText(repair)));
  return await applyRepairs(deps, repairs);
}

function verdict(checks: readonly DoctorCheck[], strict: boolean): Pick<DoctorReport, 'status' | 'exitCode'> {
  if (checks.some(({ status }) => status === 'fail')) return { status: 'fail', exitCode: 4 };
  const clean = checks.every(({ status }) => status === 'ok');
  return { status: clean ? 'ok' : 'warn', exitCode: strict && !clean ? 2 : 0 };
}
