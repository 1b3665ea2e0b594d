import { describe, expect, it } from 'vitest';
import { DbctlError } from '../../src/errors/dbctl-error.js';
import type { MoveContext } from '../../src/pipeline/context.js';
import { type Journal, newJournal, undoneTimes, withEntry } from '../../src/pipeline/journal.js';
import { runSteps, undoSteps } from '../../src/pipeline/run.js';
import type { Step } from '../../src/pipeline/step.js';
import type { RunEvent } from '../../src/ports/reporter.js';

/** A journal in memory and a clock that ticks one second per look; steps get nothing else. */
function world(abort = new AbortController()) {
  let journal: Journal = newJournal('speedtest', '20261120-211530-ab12', new Date(0));
  let ticks = 0;
  const events: RunEvent[] = [];
  const saves: string[] = [];
  const ctx = {
    signal: abort.signal,
    plan: { service: 'speedtest' },
    clock: { now: () => new Date(ticks * 1000), monotonic: () => (ticks += 1000), sleep: async () => undefined },
    journal: {
      get current() {
        return journal;
      },
      save: async (next: Journal) => {
        journal = next;
        saves.push(next.steps.map(({ id, state }) => `${id}:${state}`).join(' '));
      },
    },
  } as unknown as MoveContext;
  return {
    ctx,
    events,
    saves,
    reporter: { emit: (event: RunEvent) => void events.push(event) },
    journal: () => journal,
    abort,
  };
}

const step = (id: string, log: string[], more: Partial<Step> = {}): Step => ({
  id,
  title: id,
  run: async () => {
    log.push(`run ${id}`);
    return { summary: `${id} done` };
  },
  undo: async () => {
    log.push(`undo ${id}`);
  },
  ...more,
});

const boom = (id: string): Partial<Step> => ({
  run: () => Promise.reject(new DbctlError('TOOLBOX_FAILED', `${id} failed`)),
});

describe('runSteps', () => {
  it('journals the intent before each effect and the outcome after it', async () => {
    const { ctx, saves, reporter } = world();
    const log: string[] = [];
    const spy = step('a', log, { run: async () => ({ summary: `saw ${saves.join(',')}` }) });
    const { results } = await runSteps([spy, step('b', log)], () => ctx, reporter);
    expect(results[0]?.summary).toBe('saw a:started');
    expect(saves).toEqual(['a:started', 'a:done', 'a:done b:started', 'a:done b:done']);
  });

  it('stops at the first failure and returns it', async () => {
    const { ctx, reporter } = world();
    const log: string[] = [];
    const result = await runSteps([step('a', log), step('b', log, boom('b')), step('c', log)], () => ctx, reporter);
    expect(log).toEqual(['run a']);
    expect(result.failed).toMatchObject({ step: 'b', error: { code: 'TOOLBOX_FAILED' } });
    expect(result.results.map(({ status }) => status)).toEqual(['ok', 'failed']);
  });

  it('skips what the journal calls done, and runs on from there', async () => {
    const { ctx, reporter } = world();
    const log: string[] = [];
    await runSteps([step('a', log), step('b', log, boom('b'))], () => ctx, reporter);
    await runSteps([step('a', log), step('b', log)], () => ctx, reporter);
    expect(log).toEqual(['run a', 'run b']);
  });

  it('believes the live system over the journal', async () => {
    const { ctx, reporter } = world();
    const log: string[] = [];
    const look = step('a', log, { inspect: async () => ({ kind: 'pending' }) });
    await runSteps([look], () => ctx, reporter);
    await runSteps([look], () => ctx, reporter);
    expect(log).toEqual(['run a', 'run a']);
  });

  it('turns an abort into INTERRUPTED, and keeps a coded reason', async () => {
    const plain = world();
    plain.abort.abort();
    const interrupted = await runSteps([step('a', [])], () => plain.ctx, plain.reporter);
    expect(interrupted.failed?.error.code).toBe('INTERRUPTED');
    const lost = world();
    lost.abort.abort(new DbctlError('LOCK_LOST', 'gone'));
    expect((await runSteps([step('a', [])], () => lost.ctx, lost.reporter)).failed?.error.code).toBe('LOCK_LOST');
  });

  it('shows an unexpected error as a bug of dbctl', async () => {
    const { ctx, reporter } = world();
    const odd = step('a', [], { run: () => Promise.reject(new RangeError('odd')) });
    expect((await runSteps([odd], () => ctx, reporter)).failed?.error).toMatchObject({ code: 'INTERNAL', exitCode: 1 });
  });
});

describe('undoSteps', () => {
  it('goes backwards over the steps that were started, the failed one too', async () => {
    const { ctx, reporter, journal } = world();
    const log: string[] = [];
    const steps = [step('a', log), step('b', log, boom('b')), step('c', log)];
    await runSteps(steps, () => ctx, reporter);
    await undoSteps(steps, () => ctx, reporter);
    expect(log).toEqual(['run a', 'undo b', 'undo a']);
    expect(journal().steps.map(({ state }) => state)).toEqual(['undone', 'undone']);
  });

  it('stops at an undo that fails, and goes on from there the next time', async () => {
    const { ctx, reporter } = world();
    const log: string[] = [];
    let broken = true;
    const flaky = step('b', log, {
      undo: async () => {
        if (broken) throw new DbctlError('NOMAD_UNAVAILABLE', 'away');
        log.push('undo b');
      },
    });
    const steps = [step('a', log), flaky];
    await runSteps(steps, () => ctx, reporter);
    await expect(undoSteps(steps, () => ctx, reporter)).rejects.toMatchObject({
      code: 'STEP_UNDO_FAILED',
      exitCode: 7,
    });
    broken = false;
    await undoSteps(steps, () => ctx, reporter);
    expect(log.slice(2)).toEqual(['undo b', 'undo a']);
  });
});

describe('a connection that breaks in a step', () => {
  const failing = (
    code: 'EXEC_LOST' | 'EXEC_UNKNOWN' | 'NOMAD_OUTCOME_UNKNOWN',
    times: number,
    log: string[],
  ): Step => {
    let left = times;
    const act = async (word: string): Promise<void> => {
      log.push(word);
      left -= 1;
      if (left >= 0) throw new DbctlError(code, 'broken off');
    };
    return step('a', [], {
      run: async () => {
        await act('run');
        return { summary: 'well' };
      },
      undo: () => act('undo'),
    });
  };

  it.each(['EXEC_LOST', 'NOMAD_OUTCOME_UNKNOWN'] as const)(
    'has it run again after %s, journalled once',
    async (code) => {
      const { ctx, reporter, saves } = world();
      const log: string[] = [];
      const result = await runSteps([failing(code, 2, log)], () => ctx, reporter);
      expect(result.failed).toBeUndefined();
      expect(log).toEqual(['run', 'run', 'run']);
      expect(saves).toEqual(['a:started', 'a:done']);
    },
  );

  it('is given up after three times', async () => {
    const { ctx, reporter } = world();
    const log: string[] = [];
    const result = await runSteps([failing('EXEC_LOST', 9, log)], () => ctx, reporter);
    expect(result.failed?.error.code).toBe('EXEC_LOST');
    expect(log).toEqual(['run', 'run', 'run']);
  });

  it('is left alone while its command may still run', async () => {
    const { ctx, reporter } = world();
    const log: string[] = [];
    const result = await runSteps([failing('EXEC_UNKNOWN', 1, log)], () => ctx, reporter);
    expect(result.failed?.error.code).toBe('EXEC_UNKNOWN');
    expect(log).toEqual(['run']);
  });

  it('has an undo run again too', async () => {
    const { ctx, reporter } = world();
    const log: string[] = [];
    const cut = failing('EXEC_LOST', 2, log);
    await runSteps([{ ...cut, run: async () => ({ summary: 'well' }) }], () => ctx, reporter);
    await undoSteps([cut], () => ctx, reporter);
    expect(log).toEqual(['undo', 'undo', 'undo']);
  });
});

it('begins a step anew whose undo was cut: what it made may be gone', async () => {
  const log: string[] = [];
  const { ctx, reporter, journal } = world();
  const steps = [step('dump', log)];
  await runSteps(steps, () => ctx, reporter);
  const at = new Date(0).toISOString();
  await ctx.journal.save(withEntry(journal(), { id: 'dump', state: 'undoing', at }));
  await runSteps(steps, () => ctx, reporter);
  expect(log).toEqual(['run dump', 'run dump']);
  expect(undoneTimes(journal(), 'dump')).toBe(1);
});
