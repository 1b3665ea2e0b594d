import { describe, expect, it } from 'vitest';
import { newJournal } from '../../src/pipeline/journal.js';
import { type StoreDeps, withJournal } from '../../src/pipeline/journal-store.js';
import { fakeClock } from '../fakes/fake-clock.js';
import { fakeFiles } from '../fakes/fake-files.js';
import { fakeNomad } from '../fakes/fake-nomad.js';

const RUN = '20261120-211530-abcd';
const signal = new AbortController().signal;

function store(
  nomad = fakeNomad(fakeClock()),
  alive: number[] = [],
  pid = 100,
): StoreDeps & { files: ReturnType<typeof fakeFiles> } {
  return {
    nomad: nomad.port,
    files: fakeFiles(),
    clock: fakeClock(),
    stateDir: '/state',
    process: { pid, isAlive: (other) => alive.includes(other) },
  };
}

const open = (deps: StoreDeps) =>
  withJournal(deps, 'speedtest', signal, async (journal) => journal.save(newJournal('speedtest', RUN, new Date(0))));

describe('withJournal', () => {
  it('keeps every value that steps record side by side', async () => {
    const deps = store();
    await open(deps);
    await withJournal(deps, 'speedtest', signal, async (journal) => {
      await Promise.all(Array.from({ length: 20 }, (_, n) => journal.record(`fact${n}`, { n, none: undefined })));
    });
    await withJournal(deps, 'speedtest', signal, async (journal) => {
      expect(Array.from({ length: 20 }, (_, n) => journal.fact<{ n: number }>(`fact${n}`)?.n)).toEqual([
        ...Array(20).keys(),
      ]);
    });
  });

  it('refuses a second run while the first one holds the service', async () => {
    const nomad = fakeNomad(fakeClock());
    await withJournal(store(nomad), 'speedtest', signal, async () => {
      await expect(open(store(nomad, [100], 200))).rejects.toMatchObject({ code: 'RUN_LOCKED', exitCode: 6 });
    });
    await open(store(nomad));
  });

  it('does not take over the lock id of a live process on the same machine', async () => {
    const nomad = fakeNomad(fakeClock());
    const first = store(nomad);
    await withJournal(first, 'speedtest', signal, async () => {
      const second = { ...first, process: { pid: 200, isAlive: (pid: number) => pid === 100 } };
      await expect(open(second)).rejects.toMatchObject({ code: 'RUN_LOCKED' });
    });
  });

  it('takes over at once what a dead process of the same machine left behind', async () => {
    const nomad = fakeNomad(fakeClock());
    const deps = store(nomad);
    const lock = await nomad.port.acquireLock('dbctl/services/speedtest', { ttlMs: 20_000, delayMs: 1_000 });
    await deps.files.write('/state/locks/speedtest', `${lock.lockId} 4242\n`, 0o600);
    await open(deps);
    expect(deps.files.texts.has('/state/locks/speedtest')).toBe(false);
  });

  it('keeps the lock id and the copy of the journal readable by their owner alone', async () => {
    const deps = store();
    await withJournal(deps, 'speedtest', signal, async (journal) => {
      await journal.save(newJournal('speedtest', RUN, new Date(0)));
      expect([...deps.files.texts.values()].map(({ mode }) => mode)).toEqual([0o600, 0o600]);
    });
  });

  it('refuses to go on with a journal that it cannot read', async () => {
    const nomad = fakeNomad(fakeClock());
    const lock = await nomad.port.acquireLock('dbctl/services/speedtest', { ttlMs: 20_000, delayMs: 1_000 });
    await nomad.port.writeLocked(lock, { journal: '{"schema":"dbctl.journal/9"}' });
    await nomad.port.releaseLock(lock);
    await expect(open(store(nomad))).rejects.toMatchObject({ code: 'JOURNAL_INVALID', exitCode: 3 });
  });
});
