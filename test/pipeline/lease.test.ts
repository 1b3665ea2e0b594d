import { describe, expect, it } from 'vitest';
import { DbctlError } from '../../src/errors/dbctl-error.js';
import { withJournal } from '../../src/pipeline/journal-store.js';
import { checkedFirst, leaseOf } from '../../src/pipeline/lease.js';
import type { Clock } from '../../src/ports/clock.js';
import { fakeClock } from '../fakes/fake-clock.js';
import { fakeFiles } from '../fakes/fake-files.js';
import { fakeNomad } from '../fakes/fake-nomad.js';

const PATH = 'dbctl/services/speedtest';

/** A clock whose two hands are moved one by one. */
function twoHands(): { clock: Clock; monotonic: number; wall: number } {
  const hands = { monotonic: 0, wall: 0 };
  const clock = { ...fakeClock(), now: () => new Date(hands.wall), monotonic: () => hands.monotonic };
  return Object.assign(hands, { clock });
}

describe('what a run knows of its lock', () => {
  it.each([
    ['nothing has passed', 0, 0, 0],
    ['it was renewed a moment ago', 5_000, 5_000, 0],
    ['the process was stopped', 21_000, 21_000, 1],
    ['the machine slept, and one clock with it', 0, 3_600_000, 1],
    ['the clock was set back meanwhile', 21_000, -3_600_000, 1],
  ])('the server is asked again only when the last word is old: %s', async (_what, monotonic, wall, expected) => {
    const hands = twoHands();
    let asked = 0;
    const lease = leaseOf(hands.clock, async () => void asked++);
    Object.assign(hands, { monotonic, wall });
    await lease.ensure();
    expect(asked).toBe(expected);
    await lease.ensure();
    expect(asked, 'and then it is fresh').toBe(expected);
  });

  it('a call that changes something is not made when the lock is gone; one that looks is', async () => {
    const made: string[] = [];
    const port = {
      registerJob: async (name: string) => void made.push(`register ${name}`),
      job: async (name: string) => void made.push(`look at ${name}`),
    };
    const gone = async (): Promise<void> => {
      throw new DbctlError('LOCK_LOST', 'gone');
    };
    const checked = checkedFirst(port, gone, ['registerJob']);
    await checked.job('a');
    await expect(checked.registerJob('b')).rejects.toMatchObject({ code: 'LOCK_LOST' });
    expect(made).toEqual(['look at a']);
  });

  it('a run that stood still while another took over stops before its next change, and everything else of it too', async () => {
    const server = fakeClock();
    const nomad = fakeNomad(server);
    const hands = twoHands();
    const deps = {
      nomad: nomad.port,
      files: fakeFiles(),
      // Stopped: its own timers do not wake it.
      clock: hands.clock,
      stateDir: '/state',
      process: { pid: 1, isAlive: () => false },
    };
    await withJournal(deps, 'speedtest', new AbortController().signal, async (_journal, signal, held) => {
      await held();
      await server.advance(60_000);
      const other = await nomad.port.acquireLock(PATH, { ttlMs: 20_000, delayMs: 1_000 });
      Object.assign(hands, { monotonic: 60_000, wall: 60_000 });
      await expect(held()).rejects.toMatchObject({ code: 'LOCK_LOST', exitCode: 6 });
      expect(signal.aborted).toBe(true);
      await nomad.port.renewLock(other);
    });
  });
});
