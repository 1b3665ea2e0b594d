import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/adapters/clock.js';
import { type DataPlane, startRun } from '../../src/dataplane/detached-run.js';
import { type PutFile, putFiles } from '../../src/dataplane/put-files.js';
import { readResult, requireSuccess } from '../../src/dataplane/read-result.js';
import type { RunRef } from '../../src/dataplane/task-ref.js';
import { waitRun } from '../../src/dataplane/wait-run.js';
import type { Allocation } from '../../src/ports/nomad.js';
import { idleJob, startNomad, type TestNomad } from '../support/nomad.js';

const RUN_SH = readFileSync(new URL('../../templates/toolbox/run.sh', import.meta.url), 'utf8');
const run: { nomad?: TestNomad; allocs: Map<string, Allocation> } = { allocs: new Map() };
const nomad = (): TestNomad => run.nomad ?? expect.fail('no nomad');
const plane = (): DataPlane => ({ nomad: nomad().port, clock: systemClock() });
const ref = (driver: string, step: string): RunRef => ({
  allocId: run.allocs.get(driver)?.ID ?? '',
  task: 'idle',
  run: '20261120-211530-ab12',
  step,
});
const files = (job: string, results = ''): PutFile[] => [
  { name: 'job.sh', text: job },
  ...(results ? [{ name: 'results', text: results }] : []),
  { name: 'run.sh', text: RUN_SH },
];

beforeAll(async () => {
  run.nomad = await startNomad();
  for (const driver of ['raw_exec', 'exec'] as const) {
    run.allocs.set(driver, await run.nomad.run(idleJob(`idle-${driver}`, { driver, user: 'postgres' })));
  }
});
afterAll(() => run.nomad?.stop());

describe.each(['raw_exec', 'exec'])('in a %s task', (driver) => {
  test('files arrive whole, private, and readable over the fs API', async () => {
    const text = `é€😀 $HOME \`x\` '"\\\n${'0123456789abcdef'.repeat(20_000)}`;
    const target = { ...ref(driver, 'put'), root: 'alloc' as const, dir: 'dbctl/put/a' };
    await putFiles(nomad().port, {
      ...target,
      files: [
        { name: 'a.txt', text },
        { name: 'empty', text: '' },
        { name: 'b.sh', text: 'echo', mode: '700' },
      ],
    });
    expect(await nomad().port.readFile(target.allocId, 'alloc/dbctl/put/a/a.txt')).toBe(text);
    expect(await nomad().port.readFile(target.allocId, 'alloc/dbctl/put/a/empty')).toBe('');
    const listed = await nomad().port.listFiles(target.allocId, 'alloc/dbctl/put/a');
    const modes = Object.fromEntries(listed.map((file) => [file.Name, 'FileMode' in file ? file.FileMode : '']));
    expect(modes).toEqual({ 'a.txt': '-rw-------', empty: '-rw-------', 'b.sh': '-rwx------' });
  });

  test('files in the secrets folder cannot be read over the fs API', async () => {
    const target = { ...ref(driver, 'put'), root: 'secrets' as const, dir: 'dbctl' };
    await putFiles(nomad().port, { ...target, files: [{ name: 'pgpass', text: 'canary-51aa' }] });
    await expect(nomad().port.readFile(target.allocId, 'idle/secrets/dbctl/pgpass')).rejects.toMatchObject({
      code: 'NOMAD_REJECTED',
    });
    expect(nomad().server.log()).not.toContain('canary-51aa');
  });

  test('a run goes on by itself, reports progress and hands over checked results', async () => {
    const job =
      'for i in 1 2 3; do echo "$i" >progress.tmp; mv progress.tmp progress; sleep 0.6; done; printf "{\\"é\\":1}" >out.json';
    const seen: string[] = [];
    expect(await startRun(plane(), ref(driver, 'ok'), files(job, 'out.json\n'))).toBe('started');
    const status = await waitRun(plane(), ref(driver, 'ok'), { onProgress: (text) => seen.push(text) });
    expect(status.exit).toBe(0);
    expect(status.started).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(seen.length).toBeGreaterThan(0);
    expect(await readResult(plane(), ref(driver, 'ok'), status, 'out.json')).toBe('{"é":1}');
  });

  test('starting again attaches: the job ran once', async () => {
    const job = 'echo ran >>"$NOMAD_ALLOC_DIR/count"; sleep 0.5';
    const answers = await Promise.all([1, 2, 3].map(() => startRun(plane(), ref(driver, 'once'), files(job))));
    expect(answers).toContain('started');
    await waitRun(plane(), ref(driver, 'once'));
    expect(await startRun(plane(), ref(driver, 'once'), files('echo other'))).toBe('attached');
    expect((await waitRun(plane(), ref(driver, 'once'))).exit).toBe(0);
    expect(await nomad().port.readFile(ref(driver, 'once').allocId, 'alloc/count')).toBe('ran\n');
  });

  test('a failing job keeps its exit code and quotes its log', async () => {
    await startRun(plane(), ref(driver, 'bad'), files('echo one; echo two >&2; exit 20'));
    const status = await waitRun(plane(), ref(driver, 'bad'));
    expect(status.exit).toBe(20);
    await expect(requireSuccess(plane(), ref(driver, 'bad'), status)).rejects.toMatchObject({
      code: 'TOOLBOX_FAILED',
      details: ['one', 'two'],
    });
  });

  test('a result that was changed afterwards is refused', async () => {
    await startRun(plane(), ref(driver, 'forged'), files('echo 1 >out', 'out\n'));
    const status = await waitRun(plane(), ref(driver, 'forged'));
    await putFiles(nomad().port, {
      ...ref(driver, 'forged'),
      root: 'alloc',
      dir: 'dbctl/20261120-211530-ab12/forged',
      files: [{ name: 'out', text: '2\n' }],
    });
    await expect(readResult(plane(), ref(driver, 'forged'), status, 'out')).rejects.toMatchObject({
      code: 'ARTIFACT_CORRUPT',
    });
    await expect(readResult(plane(), ref(driver, 'forged'), status, 'absent')).rejects.toMatchObject({
      code: 'ARTIFACT_CORRUPT',
    });
  });

  test('a harness that was killed without a status is noticed', async () => {
    await startRun(plane(), ref(driver, 'killed'), files('echo begun; kill -9 "$(cat pid)"; sleep 1'));
    await expect(waitRun(plane(), ref(driver, 'killed'))).rejects.toMatchObject({
      code: 'TOOLBOX_FAILED',
      details: ['begun'],
    });
  });

  test('a killed harness whose job still runs is unknown, not failed', async () => {
    await startRun(plane(), ref(driver, 'orphan'), files('echo begun; kill -9 "$(cat pid)"; sleep 12'));
    await expect(waitRun(plane(), ref(driver, 'orphan'))).rejects.toMatchObject({ code: 'EXEC_UNKNOWN' });
  });
});

test('a run whose task was stopped has failed', async () => {
  const alloc = await nomad().run(idleJob('goes-away', { user: 'postgres' }));
  const gone = { ...ref('raw_exec', 'gone'), allocId: alloc.ID };
  await startRun(plane(), gone, files('sleep 60'));
  await nomad().port.registerJob(
    { ...((await nomad().port.job('goes-away')) ?? expect.fail('no job')), Stop: true },
    { enforceIndex: (await nomad().port.job('goes-away'))?.JobModifyIndex ?? 0 },
  );
  await expect(waitRun(plane(), gone)).rejects.toMatchObject({ code: 'TOOLBOX_FAILED' });
});

test('names that a shell or path could misread are refused before anything is sent', async () => {
  const target = { ...ref('raw_exec', 'x'), root: 'alloc' as const };
  const put = (dir: string, name: string) => putFiles(nomad().port, { ...target, dir, files: [{ name, text: '' }] });
  await expect(put('../x', 'a')).rejects.toMatchObject({ code: 'NAME_UNSAFE' });
  await expect(put('x', 'a b')).rejects.toMatchObject({ code: 'NAME_UNSAFE' });
  await expect(put('x', '-rf;')).rejects.toMatchObject({ code: 'NAME_UNSAFE' });
});
