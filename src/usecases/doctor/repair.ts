import { allowConnectionsSql } from '../../engines/postgres/closed-state.js';
import { DbctlError } from '../../errors/dbctl-error.js';
import { readJournal } from '../../pipeline/journal-store.js';
import { runningAlloc } from '../../pipeline/live.js';
import type { DoctorCheck, DoctorRepair, Repair } from '../../report/doctor-report.js';
import { backup } from '../backup.js';
import type { DoctorDeps } from './deps.js';
import { journalLooks } from './journals.js';

/** A token that was given for less than a move takes is not helped by as much again. */
const WORKING_DAY_SECONDS = 8 * 3600;

export interface Wanted {
  readonly check: string;
  readonly repair: Repair;
}

/** Each once, in the order in which they were found. */
export const repairsIn = (checks: readonly DoctorCheck[]): Wanted[] => {
  const all = checks.flatMap(({ id, findings }) =>
    findings.flatMap(({ repair }) => (repair === undefined ? [] : [{ check: id, repair }])),
  );
  return [...new Map(all.map((one) => [JSON.stringify(one.repair), one])).values()];
};

export const repairText = (repair: Repair): string => {
  switch (repair.kind) {
    case 'renew-vault-token':
      return "renew dbctl's token for Vault";
    case 'close-tombstone':
      return `close the old database ${repair.database} of the shared instance again; its rows stay`;
    case 'purge-job':
      return `remove the throwaway job ${repair.job}, which dbctl left behind`;
    case 'backup':
      return `make a backup of ${repair.service} now`;
  }
};

/** One after another; each may be made twice. One that fails is told, and the others are tried all the same. */
export async function applyRepairs(deps: DoctorDeps, wanted: readonly Wanted[]): Promise<DoctorRepair[]> {
  const results: DoctorRepair[] = [];
  for (const one of wanted) {
    const base = { ...one, what: repairText(one.repair) };
    try {
      results.push({ ...base, status: 'done', text: await apply(deps, one.repair) });
    } catch (error) {
      if (!(error instanceof DbctlError) || error.code === 'INTERRUPTED') throw error;
      const { message, where, value } = error;
      results.push({ ...base, status: 'failed', text: [message, where, value].filter(Boolean).join(': ') });
    }
  }
  return results;
}

async function apply(deps: DoctorDeps, repair: Repair): Promise<string> {
  switch (repair.kind) {
    case 'renew-vault-token':
      await deps.vault.renewToken(WORKING_DAY_SECONDS);
      return `it lasts ${Math.floor((await deps.vault.tokenLease()).ttlMs / 60_000)} min`;
    case 'close-tombstone':
      return await closeTombstone(deps, repair);
    case 'purge-job':
      await deps.nomad.purgeJob(repair.job);
      return 'it is gone';
    case 'backup': {
      const { sets } = await backup(deps, { service: repair.service, pin: false });
      return `made ${sets.map((set) => set.id).join(', ')}`;
    }
  }
}

/** The statement itself compares system identifier and oid with the journal; a run that goes on now is left alone. */
async function closeTombstone(deps: DoctorDeps, repair: Repair & { kind: 'close-tombstone' }): Promise<string> {
  const looks = await journalLooks({ ...deps, services: deps.inventory.services });
  const owner = looks.find(({ tombstones }) => tombstones.some(({ oid }) => oid === repair.oid));
  const tombstone = owner?.tombstones.find(({ oid }) => oid === repair.oid);
  if (owner === undefined || tombstone === undefined)
    throw new DbctlError('RUN_NOT_FOUND', 'no run records that database', { value: repair.database });
  const journal = await readJournal(deps.nomad, owner.service);
  if (owner.locked || journal?.phase !== 'migrated')
    throw new DbctlError('RUN_UNFINISHED', 'a run of the service is going on', { where: `service ${owner.service}` });
  const { job, task } = deps.inventory.shared;
  const target = { allocId: (await runningAlloc(deps, job, task)).ID, task, database: 'postgres' };
  await deps.sql.run(target, allowConnectionsSql(tombstone, false), { signal: deps.signal });
  return 'nobody can connect to it';
}
