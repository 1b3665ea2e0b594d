import { describe, expect, it } from 'vitest';
import type { DoctorSources, Given } from '../../../src/plan/doctor/facts.js';
import { CHECKS } from '../../../src/plan/doctor/index.js';
import { type Coming, runChecks } from '../../../src/plan/doctor/run.js';
import type { DoctorCheck } from '../../../src/report/doctor-report.js';
import type { World } from './broken-worlds.js';
import { given, seenAll, values } from './healthy.js';

const world = (): World => structuredClone({ ...values(), ...given() }) as never;

async function unwell(facts: World): Promise<DoctorCheck[]> {
  const { inventory, now, ...sources } = facts as unknown as DoctorSources & Given;
  const coming = Object.fromEntries(Object.entries(seenAll(sources)).map(([name, value]) => [name, async () => value]));
  const checks = await runChecks(CHECKS, coming as unknown as Coming, { inventory, now });
  return checks.filter(({ status }) => status === 'fail' || status === 'warn');
}

const alloc = (facts: World, job: string) => {
  const found = facts.cluster.allocations.find(({ JobID }) => JobID === job);
  if (found === undefined) throw new Error(`no allocation of ${job}`);
  return found;
};

describe('causes are told before their symptoms', () => {
  it('data that a server may not read, before the job that does not run', async () => {
    const facts = world();
    alloc(facts, 'speedtest').ClientStatus = 'pending';
    const text = 'FATAL:  could not open file "global/pg_control": Permission denied';
    facts.logs.push({ job: 'speedtest', task: 'postgres', allocId: 'speedtest-0001', text });
    const found = await unwell(facts);
    expect(found.map(({ id }) => id).slice(0, 2)).toEqual(['data-permission', 'allocation-running']);
  });

  it('an init task that failed, although its allocation went with it', async () => {
    const facts = world();
    const failed = alloc(facts, 'postgresql');
    failed.ClientStatus = 'failed';
    const state = failed.TaskStates?.['init-databases'];
    if (state === undefined) return expect.fail('there is no init task');
    Object.assign(state, { State: 'dead', Failed: true });
    expect((await unwell(facts))[0]?.id).toBe('init-task');
    // The operator ran the job again, with another script.
    const job = facts.cluster.jobs.find(({ ID }) => ID === 'postgresql');
    Object.assign(job ?? {}, { Version: 7 });
    expect((await unwell(facts)).map(({ id }) => id)).not.toContain('init-task');
  });

  it('restarts of two days ago are told by nobody', async () => {
    const facts = world();
    const state = alloc(facts, 'gitea').TaskStates?.['app'];
    if (state === undefined) return expect.fail('there is no app');
    Object.assign(state, { Restarts: 9, LastRestart: new Date(facts.now.getTime() - 3_600_000).toISOString() });
    expect((await unwell(facts)).map(({ id }) => id)).toEqual(['task-restarts']);
    state.LastRestart = new Date(facts.now.getTime() - 48 * 3_600_000).toISOString();
    expect(await unwell(facts)).toEqual([]);
  });
});
