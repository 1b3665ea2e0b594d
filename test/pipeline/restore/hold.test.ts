import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MoveContext } from '../../../src/pipeline/context.js';
import { type Holder, holdSet, releaseSet } from '../../../src/pipeline/restore/hold.js';

const BUSYBOX = '/usr/bin/busybox';
const SHELLS = [
  { name: 'dash', argv: ['/bin/sh'] },
  ...(existsSync(BUSYBOX) ? [{ name: 'busybox', argv: [BUSYBOX, 'sh'] }] : []),
];
const ID = '000012-20261128T023000Z';
const TOOLBOX = { allocId: 'a', task: 'db-backup' };

describe.each(SHELLS)('who keeps a set, on $name', ({ argv: [command = '', ...first] }) => {
  let home = '';
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'dbctl-hold-'));
    mkdirSync(join(home, 'sets', ID), { recursive: true });
    writeFileSync(join(home, 'sets', ID, 'manifest.json'), '{}');
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  const ctx = {
    signal: new AbortController().signal,
    nomad: {
      exec: async ({ argv }: { argv: readonly string[] }) => {
        const [, ...args] = argv;
        const { status, stdout, stderr } = spawnSync(command, [...first, ...args], { encoding: 'utf8', input: '' });
        return { kind: 'exited', code: status ?? 1, stdout, stderr };
      },
    },
  } as unknown as Pick<MoveContext, 'nomad' | 'signal'>;
  const hold = (by: Holder, id = ID): Promise<void> => holdSet(ctx, TOOLBOX, { home, id }, by);
  const release = (by: Holder): Promise<void> => releaseSet(ctx, TOOLBOX, { home, id: ID }, by);
  const pin = (): string => readFileSync(join(home, 'pins', ID), 'utf8');
  const pins = (): string[] => readdirSync(join(home, 'pins'));

  it('is one line each, once, and the pin goes with the last of them', async () => {
    await hold('run a');
    await hold('run a');
    await hold('image golden 2026-11-28T12:00:00Z');
    await hold('pin');
    expect(pin()).toBe('run a\nimage golden 2026-11-28T12:00:00Z\npin\n');
    await release('pin');
    await release('run a');
    await release('run a');
    expect(pin()).toBe('image golden 2026-11-28T12:00:00Z\n');
    await release('image golden 2026-11-28T12:00:00Z');
    expect(pins()).toEqual([]);
  });

  it("takes a pin without lines for the operator's own", async () => {
    mkdirSync(join(home, 'pins'));
    writeFileSync(join(home, 'pins', ID), '');
    await release('run a');
    expect(pin()).toBe('');
    await hold('run a');
    await release('run a');
    expect(pin()).toBe('pin\n');
    await release('pin');
    expect(pins()).toEqual([]);
    writeFileSync(join(home, 'pins', ID), '');
    await release('pin');
    expect(pins()).toEqual([]);
  });

  it('gives no pin to a set that is not there', async () => {
    await expect(hold('run a', '000013-20261128T023000Z')).rejects.toMatchObject({ code: 'EXEC_FAILED' });
    expect(existsSync(join(home, 'pins')) ? pins() : []).toEqual([]);
  });

  it('loses no line when many write at once', async () => {
    const runs = Array.from({ length: 8 }, (_, n) => `run r${n}` as const);
    await Promise.all(runs.map((by) => hold(by)));
    expect(pin().trim().split('\n').sort()).toEqual([...runs].sort());
  });
});
