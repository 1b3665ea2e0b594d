import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { AllocsPort, JobSource, JobsPort, NomadJob } from '../../src/ports/nomad.js';

export interface JobsRig {
  readonly port: () => JobsPort & AllocsPort;
  /** A small job that runs. */
  readonly spec: (id: string) => NomadJob;
}

export function jobsContract(name: string, rig: JobsRig): void {
  const port = (): JobsPort & AllocsPort => rig.port();
  const job = (): NomadJob => rig.spec(`dbctl-test-${randomUUID().slice(0, 8)}`);
  const changed = (spec: NomadJob): NomadJob => ({ ...spec, Meta: { changed: randomUUID() } });

  describe(`jobs: ${name}`, () => {
    test('an absent job, submission and evaluation are undefined; purging it is success', async () => {
      expect(await port().job('not-there')).toBeUndefined();
      expect(await port().submission('not-there', 0)).toBeUndefined();
      expect(await port().evaluation(randomUUID())).toBeUndefined();
      expect(await port().allocations('not-there')).toEqual([]);
      await port().purgeJob('not-there');
    });

    test('index 0 creates once; a second creator is JOB_CHANGED', async () => {
      const spec = job();
      const { jobModifyIndex, evalId } = await port().registerJob(spec, { enforceIndex: 0 });
      await expect(port().registerJob(spec, { enforceIndex: 0 })).rejects.toMatchObject({ code: 'JOB_CHANGED' });
      expect(await port().job(spec.ID)).toMatchObject({
        ID: spec.ID,
        JobModifyIndex: jobModifyIndex,
        Version: 0,
        Stop: false,
      });
      expect(await port().evaluation(evalId)).toMatchObject({ ID: evalId });
      await port().purgeJob(spec.ID);
    });

    test('only the seen index may change the job', async () => {
      const spec = job();
      const first = await port().registerJob(spec, { enforceIndex: 0 });
      const second = await port().registerJob(changed(spec), { enforceIndex: first.jobModifyIndex });
      expect(second.jobModifyIndex).toBeGreaterThan(first.jobModifyIndex);
      const stale = port().registerJob(changed(spec), { enforceIndex: first.jobModifyIndex });
      await expect(stale).rejects.toMatchObject({ code: 'JOB_CHANGED' });
      expect(await port().job(spec.ID)).toMatchObject({ Version: 1, JobModifyIndex: second.jobModifyIndex });
      await port().purgeJob(spec.ID);
    });

    test('a version registered without a source shows the older one: its text need not be that of the version', async () => {
      const spec = job();
      const source: JobSource = { Source: JSON.stringify(spec), Format: 'json' };
      const first = await port().registerJob(spec, { enforceIndex: 0, submission: source });
      await port().registerJob(changed(spec), { enforceIndex: first.jobModifyIndex });
      expect(await port().submission(spec.ID, 0)).toEqual(source);
      expect(await port().submission(spec.ID, 1)).toEqual(source);
      expect(await port().submission(spec.ID, 7)).toBeUndefined();
      await port().purgeJob(spec.ID);
    });

    test('every version of a job is among all, until the job is purged', async () => {
      const spec = job();
      const first = await port().registerJob(spec, { enforceIndex: 0 });
      await port().registerJob(changed(spec), { enforceIndex: first.jobModifyIndex });
      const kept = async () => (await port().allVersions()).filter(({ ID }) => ID === spec.ID);
      expect((await kept()).map(({ Version }) => Version).sort()).toEqual([0, 1]);
      expect((await kept())[0]?.TaskGroups).toHaveLength(spec.TaskGroups.length);
      await port().purgeJob(spec.ID);
      expect(await kept()).toEqual([]);
    });

    test('stopping by register ends the allocations, and a watcher sees it', async () => {
      const spec = job();
      const { jobModifyIndex } = await port().registerJob(spec, { enforceIndex: 0 });
      let index = await watchUntil(port(), spec.ID, 0, 'running');
      const [listed] = await port().allocations(spec.ID);
      const alone = await port().allocation(listed?.ID ?? '');
      expect([listed?.JobVersion, alone?.JobVersion]).toEqual([0, 0]);
      await port().registerJob({ ...spec, Stop: true }, { enforceIndex: jobModifyIndex });
      index = await watchUntil(port(), spec.ID, index, 'complete');
      expect(index).toBeGreaterThan(1);
      expect(await port().job(spec.ID)).toMatchObject({ Stop: true });
      await port().purgeJob(spec.ID);
    });

    test('a watch without news answers after its wait, with an index that never is 0', async () => {
      const seen = await port().watchAllocations('not-there', 0, 50);
      expect(seen).toMatchObject({ allocations: [] });
      expect(seen.index).toBeGreaterThan(0);
    });

    test('validation names what is missing', async () => {
      expect((await port().validateJob({ ID: 'empty', TaskGroups: [] })).errors).toContain('Missing job task groups');
      expect((await port().validateJob(job())).errors).toEqual([]);
    });

    test('a text that is no jobspec is JOBSPEC_UNPARSABLE', async () => {
      for (const Format of ['hcl2', 'json'] as const) {
        await expect(port().parseJob({ Source: 'job "x" { oops', Format })).rejects.toMatchObject({
          code: 'JOBSPEC_UNPARSABLE',
        });
      }
    });
  });
}

async function watchUntil(port: AllocsPort, id: string, from: number, status: string): Promise<number> {
  let index = from;
  for (let i = 0; i < 100; i++) {
    const seen = await port.watchAllocations(id, index, 2_000);
    index = seen.index;
    if (seen.allocations.some((alloc) => alloc.ClientStatus === status)) return index;
  }
  return expect.fail(`${id} did not become ${status}`);
}
