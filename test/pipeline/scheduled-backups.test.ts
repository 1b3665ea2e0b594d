import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DbctlError } from '../../src/errors/dbctl-error.js';
import type { MoveContext } from '../../src/pipeline/context.js';
import { newestWhole } from '../../src/pipeline/loss.js';
import { allBackups, isSet, scheduledBackups } from '../../src/pipeline/scheduled-backups.js';
import { set } from '../usecases/backup-world.js';

const TOOLBOX = { allocId: 'a', task: 'db-backup' };
const FIRST = { id: 'first-backup', at: '2026-11-02T00:00:00Z', rows: 9, dumps: [] };

describe('backups of the schedule as a way back', () => {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'dbctl-scheduled-'));
    mkdirSync(join(root, 'alloc'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const home = (): string => join(root, 'backups', 'speedtest');
  const put = (counter: number, more: Parameters<typeof set>[1] = {}): string => {
    const one = set(counter, more);
    const folder = join(home(), 'sets', one.id);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify(one));
    return one.id;
  };
  const context = (): MoveContext => {
    const exec = async ({ argv }: { argv: readonly string[] }) => {
      const [command = '', ...args] = argv.map((arg) => arg.replace(/^\/backups/, join(root, 'backups')));
      const env = { PATH: process.env['PATH'], NOMAD_ALLOC_DIR: join(root, 'alloc') };
      const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', input: '', env });
      return { kind: 'exited', code: status ?? 1, stdout, stderr };
    };
    const readFile = async (_: string, path: string) =>
      existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : undefined;
    const facts: Record<string, unknown> = { 'target.systemIdentifier': '7312', backups: [FIRST] };
    return {
      ...{ nomad: { exec, readFile }, signal: new AbortController().signal, run: '20261101-120000-aaaa' },
      plan: { service: 'speedtest', source: { databases: [{ name: 'speedtest' }] } },
      journal: { fact: (key: string) => facts[key] },
    } as unknown as MoveContext;
  };
  const ids = async (): Promise<string[]> => (await scheduledBackups(context(), TOOLBOX)).map(({ id }) => id);

  it('are those of the lost server with every database, the newest by counter first', async () => {
    const [older, newer] = [put(27), put(28)];
    put(29, { server: { systemIdentifier: '1', version: 150018, pgDump: 'x' } });
    put(30, { databases: set(30).databases.map((one) => ({ ...one, database: 'another' })) });
    mkdirSync(join(home(), 'sets', '000031-20261130T023000Z.part'), { recursive: true });
    expect(await ids()).toEqual([newer, older]);
    const [first] = await scheduledBackups(context(), TOOLBOX);
    expect(first).toMatchObject({
      ...{ at: '2026-11-28T02:30:00Z', rows: 52_110 },
      dumps: [{ database: 'speedtest', folder: expect.stringMatching(/\/sets\/000028-[^/]+\/speedtest$/) }],
    });
    expect([newer, FIRST.id].map((id) => isSet({ id }))).toEqual([true, false]);
  });

  it('are none where there are no sets, and a manifest that nobody can read is left away', async () => {
    expect(await ids()).toEqual([]);
    const id = put(28);
    writeFileSync(join(home(), 'sets', put(29), 'manifest.json'), '{');
    expect(await ids()).toEqual([id]);
  });

  it("stand before the move's own dump when they are newer", async () => {
    const id = put(28);
    expect((await allBackups(context(), TOOLBOX)).map((one) => one.id)).toEqual([id, FIRST.id]);
    put(1);
    expect((await allBackups(context(), TOOLBOX)).map((one) => one.id)).toEqual([id, FIRST.id, set(1).id]);
  });

  it('tell why the toolbox could not be asked', async () => {
    const ctx = context();
    const broken = { ...ctx, nomad: { ...ctx.nomad, exec: () => Promise.reject(new DbctlError('EXEC_FAILED', 'no')) } };
    await expect(scheduledBackups(broken, TOOLBOX)).rejects.toMatchObject({ code: 'EXEC_FAILED' });
    expect(await newestWhole(ctx, TOOLBOX, [])).toEqual({ damaged: [] });
  });
});
