import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Allocation } from '../../../src/ports/nomad.js';
import { idleJob, startNomad, type TestNomad } from '../../support/nomad.js';

const run: { nomad?: TestNomad; allocs: Map<string, Allocation> } = { allocs: new Map() };
const nomad = (): TestNomad => run.nomad ?? expect.fail('no nomad');
const allocId = (driver: string): string => run.allocs.get(driver)?.ID ?? expect.fail('no allocation');

beforeAll(async () => {
  run.nomad = await startNomad();
  for (const driver of ['raw_exec', 'exec'] as const) {
    run.allocs.set(driver, await run.nomad.run(idleJob(`idle-${driver}`, { driver })));
  }
});
afterAll(() => run.nomad?.stop());

const sh = (
  driver: string,
  script: string,
  more: { stdin?: string; until?: string; timeoutMs?: number; signal?: AbortSignal } = {},
) =>
  nomad().port.exec({
    allocId: allocId(driver),
    task: 'idle',
    argv: ['/bin/sh', '-c', script],
    timeoutMs: 20_000,
    ...more,
  });

describe.each(['raw_exec', 'exec'])('exec in a %s task', (driver) => {
  test('gives exit code, stdout and stderr apart', async () => {
    const result = await sh(driver, 'echo out; echo err >&2; exit 7');
    expect(result).toEqual({ kind: 'exited', code: 7, stdout: 'out\n', stderr: 'err\n' });
  });

  test('reads exit code 0, which Nomad leaves out', async () => {
    expect(await sh(driver, 'true')).toMatchObject({ kind: 'exited', code: 0 });
  });

  test('sends stdin of many frames whole and closes it', async () => {
    const stdin = 'é€😀x\n'.repeat(30_000);
    const result = await sh(driver, 'wc -c', { stdin });
    expect(result).toMatchObject({ kind: 'exited', code: 0, stdout: `${Buffer.byteLength(stdin)}\n` });
  });

  test('loses nothing of 20 MB when the command waits for the acknowledgement', async () => {
    const script = 'head -c 20000000 /dev/zero | tr "\\000" x; printf "\\nDONE\\n"; cat >/dev/null';
    const result = await sh(driver, script, { until: 'DONE', timeoutMs: 60_000 });
    expect(result.kind).toBe('exited');
    expect(result.stdout.length).toBe(20_000_006);
  });

  test('a line that only contains the awaited text does not end the wait', async () => {
    const script = 'echo "xDONE"; echo "DONE x"; sleep 0.5; echo DONE; cat >/dev/null; echo after';
    expect(await sh(driver, script, { until: 'DONE' })).toMatchObject({
      kind: 'exited',
      stdout: 'xDONE\nDONE x\nDONE\nafter\n',
    });
  });

  // Nomad mostly breaks off without an exit code then, which is why every script of dbctl drains its stdin.
  test('a command that leaves megabytes of stdin unread ends at once and never as a success', async () => {
    const began = performance.now();
    const result = await sh(driver, 'exit 3', { stdin: 'x'.repeat(3_000_000) });
    expect(result.kind === 'lost' || result.code === 3).toBe(true);
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  test('is lost, not failed, after a time-out, and the command goes on', async () => {
    const result = await sh(driver, 'echo begun; sleep 7; echo done >"$NOMAD_ALLOC_DIR/after-timeout"', {
      timeoutMs: 5_000,
    });
    expect(result).toMatchObject({ kind: 'lost', stdout: 'begun\n' });
    await expect
      .poll(() => nomad().port.readFile(allocId(driver), 'alloc/after-timeout'), { timeout: 30_000 })
      .toBe('done\n');
  });

  test('is lost after an abort', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 500);
    expect(await sh(driver, 'sleep 5', { signal: stop.signal })).toMatchObject({ kind: 'lost', reason: 'aborted' });
  });
});

// Not with the exec driver: there an unknown program hangs, and every exec after it (seen on Nomad 1.11.1).
test('a program that does not exist is EXEC_FAILED', async () => {
  const request = { allocId: allocId('raw_exec'), task: 'idle', argv: ['/no/such/program'], timeoutMs: 10_000 };
  await expect(nomad().port.exec(request)).rejects.toMatchObject({ code: 'EXEC_FAILED' });
});

test('an unknown task and an unknown allocation are EXEC_FAILED', async () => {
  const request = { allocId: allocId('raw_exec'), task: 'nope', argv: ['/bin/true'], timeoutMs: 10_000 };
  await expect(nomad().port.exec(request)).rejects.toMatchObject({ code: 'EXEC_FAILED' });
  const stranger = { ...request, allocId: '7128b129-5d5e-3494-b755-a953ec80a96c', task: 'idle' };
  await expect(nomad().port.exec(stranger)).rejects.toMatchObject({ code: 'EXEC_FAILED' });
});

test('an agent that does not listen is NOMAD_UNAVAILABLE', async () => {
  const { nomadAdapter } = await import('../../../src/adapters/nomad/index.js');
  const port = nomadAdapter({ address: 'http://127.0.0.1:1' });
  const request = { allocId: 'x', task: 'idle', argv: ['/bin/true'], timeoutMs: 10_000 };
  await expect(port.exec(request)).rejects.toMatchObject({ code: 'NOMAD_UNAVAILABLE' });
});

test('what goes over stdin is not in the log of Nomad', async () => {
  await sh('raw_exec', 'cat >/dev/null # visible-argument', { stdin: 'canary-9f3b2c' });
  await delay(500);
  const log = nomad().server.log();
  expect(log).toContain('visible-argument');
  expect(log).not.toContain('canary-9f3b2c');
});
