import { expect, test } from 'vitest';
import { startRun } from '../../src/dataplane/detached-run.js';
import { parseRunStatus } from '../../src/dataplane/run-status.js';
import type { RunRef } from '../../src/dataplane/task-ref.js';
import { waitRun } from '../../src/dataplane/wait-run.js';
import type { ExecResult } from '../../src/ports/nomad.js';
import { fakeClock } from '../fakes/fake-clock.js';
import { type FakeNomad, fakeNomad } from '../fakes/fake-nomad.js';

const STATUS = '{"exit":0,"started":"2026-11-20T21:15:30Z","finished":"2026-11-20T21:15:31Z","results":[]}\n';

function world(): {
  nomad: FakeNomad;
  plane: Parameters<typeof waitRun>[0];
  ref: RunRef;
  file: (name: string, text: string) => void;
  clock: ReturnType<typeof fakeClock>;
} {
  const clock = fakeClock({ auto: true });
  const nomad = fakeNomad(clock);
  const [alloc] = nomad.allocs.place({
    ID: 'svc',
    TaskGroups: [{ Name: 'g', Tasks: [{ Name: 'db-backup', Driver: 'exec' }] }],
  });
  const ref = { allocId: alloc?.ID ?? '', task: 'db-backup', run: '20261120-211530-ab12', step: 'dump' };
  const file = (name: string, text: string): void => {
    nomad.allocs.files.set(`${ref.allocId}:alloc/dbctl/${ref.run}/dump/${name}`, text);
  };
  return { nomad, plane: { nomad: nomad.port, clock }, ref, file, clock };
}

/** Answers the scripts as a task would. */
const says =
  (answer: string) =>
  (request: { argv: readonly string[] }): ExecResult => {
    const nonce = request.argv[4];
    return { kind: 'exited', code: 0, stdout: `\n${nonce} ${answer}\n${nonce} end\n`, stderr: '' };
  };

test('a finished run answers at once, without any exec', async () => {
  const { nomad, plane, ref, file, clock } = world();
  file('status', STATUS);
  expect(await waitRun(plane, ref)).toMatchObject({ exit: 0, started: '2026-11-20T21:15:30Z' });
  expect(nomad.allocs.execs).toEqual([]);
  expect(clock.monotonic()).toBe(0);
});

test('progress is told at most once a second and only when it changed', async () => {
  const { nomad, plane, ref, file, clock } = world();
  nomad.allocs.onExec = says('alive');
  file('pid', '7\n');
  const told: number[] = [];
  const reads = setEvery(clock, (seconds) => {
    file('progress', `${Math.floor(seconds / 3)}\n`);
    if (seconds > 12) file('status', STATUS);
  });
  await waitRun({ ...plane, clock: reads }, ref, { onProgress: () => told.push(clock.monotonic()) });
  expect(told.length).toBe(4);
  for (const [i, at] of told.slice(1).entries()) expect(at - (told[i] ?? 0)).toBeGreaterThanOrEqual(1_000);
});

test.each([
  [{ ClientStatus: 'failed' as const }, 'TOOLBOX_FAILED'],
  [{ ClientStatus: 'complete' as const }, 'TOOLBOX_FAILED'],
  [{ ClientStatus: 'lost' as const }, 'EXEC_UNKNOWN'],
  [{ ClientStatus: 'unknown' as const }, 'EXEC_UNKNOWN'],
])('an allocation that is %j makes it %s', async (change, code) => {
  const { nomad, plane, ref, file } = world();
  file('pid', '7\n');
  file('log', 'one\ntwo\n');
  nomad.allocs.change(ref.allocId, change);
  await expect(waitRun(plane, ref)).rejects.toMatchObject({ code, details: ['one', 'two'] });
});

test.each([
  ['gone', 'TOOLBOX_FAILED'],
  ['group', 'EXEC_UNKNOWN'],
])('a process that is %s makes it %s', async (answer, code) => {
  const { nomad, plane, ref, file } = world();
  file('pid', '7\n');
  nomad.allocs.onExec = says(answer);
  await expect(waitRun(plane, ref)).rejects.toMatchObject({ code });
});

test('a lost look at the process decides nothing: the wait goes on', async () => {
  const { nomad, plane, ref, file, clock } = world();
  file('pid', '7\n');
  nomad.allocs.onExec = () => {
    if (nomad.allocs.execs.length > 2) file('status', STATUS);
    return { kind: 'lost', reason: 'closed', stdout: '', stderr: '' };
  };
  expect((await waitRun(plane, ref)).exit).toBe(0);
  expect(clock.monotonic()).toBeGreaterThan(10_000);
});

test('a status written while the process was looked for counts', async () => {
  const { nomad, plane, ref, file } = world();
  file('pid', '7\n');
  nomad.allocs.onExec = (request) => {
    file('status', STATUS);
    return says('gone')(request);
  };
  expect((await waitRun(plane, ref)).exit).toBe(0);
});

test('a run that never shows a pid has failed after its grace', async () => {
  const { plane, ref, clock } = world();
  await expect(waitRun(plane, ref)).rejects.toMatchObject({ code: 'TOOLBOX_FAILED' });
  expect(clock.monotonic()).toBeGreaterThanOrEqual(10_000);
});

test('an abort ends the wait with its reason', async () => {
  const { plane, ref, file } = world();
  file('pid', '7\n');
  const stop = new AbortController();
  stop.abort(new Error('enough'));
  await expect(waitRun(plane, ref, { signal: stop.signal })).rejects.toThrow('enough');
});

test('a start whose connection was lost is found again by its files, and else unknown', async () => {
  const { nomad, plane, ref, file } = world();
  const files = [{ name: 'run.sh', text: '' }];
  const lost: ExecResult = { kind: 'lost', reason: 'closed', stdout: '', stderr: '' };
  nomad.allocs.onExec = (request) => (nomad.allocs.execs.length === 1 ? stored(request) : lost);
  await expect(startRun(plane, ref, files)).rejects.toMatchObject({ code: 'EXEC_UNKNOWN' });
  nomad.allocs.onExec = (request) => {
    if (request.stdin !== undefined) return stored(request);
    file('lock', '');
    return lost;
  };
  expect(await startRun(plane, ref, files)).toBe('started');
  expect(await startRun(plane, ref, files)).toBe('attached');
});

test('half a status file is none', () => {
  expect(parseRunStatus(STATUS.slice(0, 40))).toBeUndefined();
  expect(parseRunStatus('')).toBeUndefined();
  expect(parseRunStatus(STATUS.replace('[]', '[{"name":"a","sha256":"short"}]'))).toBeUndefined();
});

const stored = (request: { argv: readonly string[] }): ExecResult => ({
  kind: 'exited',
  code: 0,
  stdout: `\n${request.argv[4]} stored\n`,
  stderr: '',
});

/** A clock that calls back with the seconds passed after every sleep. */
const setEvery = (
  clock: ReturnType<typeof fakeClock>,
  then: (seconds: number) => void,
): ReturnType<typeof fakeClock> => ({
  ...clock,
  sleep: async (ms, signal) => {
    await clock.sleep(ms, signal);
    then(clock.monotonic() / 1_000);
  },
});
