import { describe, expect, it } from 'vitest';
import type { MoveContext } from '../../src/pipeline/context.js';
import { registerLast } from '../../src/pipeline/register-plain.js';
import type { NomadJob } from '../../src/ports/nomad.js';
import { fakeClock } from '../fakes/fake-clock.js';
import { fakeJobs } from '../fakes/fake-jobs.js';

const job = (autoRevert: boolean): NomadJob => ({
  ID: 'speedtest',
  Name: 'speedtest',
  TaskGroups: [{ Name: 'app', Tasks: [], Update: { AutoRevert: autoRevert } }],
});

const source = (what: NomadJob) => ({ Source: JSON.stringify(what), Format: 'json' as const });

/** A job that runs and that Nomad marks as stable after so many looks. */
async function world(looks: number) {
  const jobs = fakeJobs({ registered: () => undefined, purged: () => undefined });
  await jobs.registerJob(job(false), { enforceIndex: 0 });
  const clock = fakeClock({ auto: true });
  const notes: string[] = [];
  let seen = 0;
  const nomad = { ...jobs, job: async (id: string) => stable(await jobs.job(id), ++seen > looks) };
  const ctx = { nomad, clock, plan: { job: { id: 'speedtest' } }, note: (text: string) => notes.push(text) };
  return { ctx: ctx as unknown as MoveContext, notes, clock, versions: () => jobs.jobs.get('speedtest')?.versions };
}

const stable = (running: NomadJob | undefined, is: boolean): NomadJob | undefined =>
  running && { ...running, Stable: is };

describe('the text that stays', () => {
  it('comes after Nomad has marked what runs as stable, when it reverts by itself', async () => {
    const { ctx, notes, clock, versions } = await world(4);
    const before = clock.monotonic();
    await registerLast(ctx, source(job(true)));
    expect(clock.monotonic() - before).toBe(2000);
    expect(versions()).toHaveLength(2);
    expect(notes).toEqual([]);
  });

  it('comes at once when it does not: nothing would bring an older version back', async () => {
    const { ctx, clock, versions } = await world(4);
    const before = clock.monotonic();
    await registerLast(ctx, source(job(false)));
    expect(clock.monotonic() - before).toBe(0);
    expect(versions()).toHaveLength(2);
  });

  it('comes after half a minute all the same, and says that Nomad has not', async () => {
    const { ctx, notes, clock, versions } = await world(Number.POSITIVE_INFINITY);
    const before = clock.monotonic();
    await registerLast(ctx, source(job(true)));
    expect(clock.monotonic() - before).toBe(30_000);
    expect(versions()).toHaveLength(2);
    expect(notes).toEqual([
      'Nomad has not marked job speedtest as stable: watch its deployment, nomad job deployments',
    ]);
  });
});
