import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Allocation, AttachResult } from '../../../src/ports/nomad.js';
import type { Terminal } from '../../../src/ports/terminal.js';
import { idleJob, startNomad, type TestNomad } from '../../support/nomad.js';

const run: { nomad?: TestNomad; alloc?: Allocation } = {};
const nomad = (): TestNomad => run.nomad ?? expect.fail('no nomad');

beforeAll(async () => {
  run.nomad = await startNomad();
  run.alloc = await run.nomad.run(idleJob('idle-raw', { driver: 'raw_exec' }));
});
afterAll(() => run.nomad?.stop());

interface Typed {
  readonly until: RegExp;
  readonly keys: string;
}

/** What the screen shows when those keys are typed, each once the screen shows that it may be. */
async function typing(script: string, steps: readonly Typed[]): Promise<{ screen: string; end: AttachResult }> {
  const left = [...steps];
  let screen = '';
  let type: (bytes: Buffer | null) => void = () => undefined;
  const terminal: Terminal = {
    ...{ input: true, screen: true, kind: 'xterm', size: () => ({ columns: 111, rows: 37 }) },
    onResize: () => () => undefined,
    read: (take) => {
      type = take;
      return () => undefined;
    },
    write: async (_, bytes) => {
      screen += bytes.toString();
      if (!left[0]?.until.test(screen)) return;
      const keys = left.shift()?.keys ?? '';
      setTimeout(() => type(Buffer.from(keys)), 300);
    },
  };
  const request = { allocId: run.alloc?.ID ?? '', task: 'idle', argv: ['/bin/sh', '-c', script] };
  const end = await nomad().port.attach(request, terminal);
  return { screen, end };
}

describe('a command on a terminal of a real task', () => {
  test('has its size, gets what is typed, and hands on its exit code', async () => {
    const script = 'stty size; read -r line; echo "got $line"; exit 5';
    const { screen, end } = await typing(script, [{ until: /37 111/, keys: 'some words\r' }]);
    expect(screen).toMatch(/^\s*37 111\r\n[\s\S]*got some words\r\n$/);
    expect(screen).not.toContain('dbctl-exec-ready');
    expect(end).toEqual({ kind: 'exited', code: 5 });
  });

  test('is interrupted by Ctrl-C there, and not here', async () => {
    const script = 'trap "echo caught; exit 3" INT; echo waiting; sleep 30 & wait';
    const { screen, end } = await typing(script, [{ until: /waiting/, keys: '\u0003' }]);
    expect(screen).toContain('caught');
    expect(end).toEqual({ kind: 'exited', code: 3 });
  });

  test('of no such task is refused', async () => {
    const request = { allocId: run.alloc?.ID ?? '', task: 'other', argv: ['/bin/sh', '-c', 'true'] };
    const terminal = { input: false, screen: false, kind: '', size: () => ({ columns: 1, rows: 1 }) };
    const quiet = { onResize: () => () => undefined, read: () => () => undefined, write: async () => undefined };
    await expect(nomad().port.attach(request, { ...terminal, ...quiet })).rejects.toMatchObject({
      code: 'EXEC_FAILED',
    });
  });
});
