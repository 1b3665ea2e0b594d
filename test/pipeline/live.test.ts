import { describe, expect, it } from 'vitest';
import { runningAlloc, type TargetContext, toolboxAgain } from '../../src/pipeline/live.js';
import { fakeClock } from '../fakes/fake-clock.js';
import { fakeNomad } from '../fakes/fake-nomad.js';

const JOB = { ID: 'svc', TaskGroups: [{ Name: 'g', Tasks: [{ Name: 'db-backup', Driver: 'exec' }] }] };

function world() {
  const clock = fakeClock({ auto: true });
  const nomad = fakeNomad(clock);
  const ctx = {
    nomad: nomad.port,
    clock,
    signal: new AbortController().signal,
    plan: { service: 'svc', target: { job: 'svc', toolbox: 'db-backup', port: 5433 } },
  } as unknown as TargetContext & { clock: typeof clock };
  return { nomad, ctx };
}

describe('the one running allocation', () => {
  it('is refused as ambiguous when there are two', async () => {
    const { nomad, ctx } = world();
    const [alloc] = nomad.allocs.place(JOB);
    if (!alloc) expect.fail('not placed');
    nomad.allocs.all.set('second', { ...alloc, ID: 'second' });
    await expect(runningAlloc(ctx, 'svc', 'db-backup')).rejects.toMatchObject({ code: 'ALLOC_AMBIGUOUS', exitCode: 3 });
  });

  it('is unavailable when there is none', async () => {
    const { ctx } = world();
    await expect(runningAlloc(ctx, 'svc', 'db-backup')).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
  });
});

describe('the toolbox of an undo', () => {
  it('is waited for, and done without when it does not come', async () => {
    const { nomad, ctx } = world();
    expect(await toolboxAgain(ctx)).toBeUndefined();
    const [alloc] = nomad.allocs.place(JOB);
    expect(await toolboxAgain(ctx)).toEqual({ allocId: alloc?.ID, task: 'db-backup' });
  });
});
