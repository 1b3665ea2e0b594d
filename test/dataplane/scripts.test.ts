import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PUT_SCRIPT } from '../../src/dataplane/put-script.js';
import { ALIVE_SCRIPT, START_SCRIPT } from '../../src/dataplane/start-script.js';

const BUSYBOX = '/usr/bin/busybox';
const dir = mkdtempSync(join(tmpdir(), 'dbctl-scripts-'));
const applets = join(dir, 'applets');
afterAll(() => rmSync(dir, { recursive: true, force: true }));
beforeAll(() => {
  mkdirSync(applets);
  if (existsSync(BUSYBOX)) spawnSync(BUSYBOX, ['--install', '-s', applets]);
});

const SHELLS = [
  { name: 'dash', shell: '/bin/sh', path: () => '/usr/bin:/bin' },
  ...(existsSync(BUSYBOX) ? [{ name: 'busybox', shell: '', path: () => applets }] : []),
];

describe.each(SHELLS)('on $name', ({ name, shell, path }) => {
  const sh = (script: string, args: readonly string[], input: Buffer | string = '') => {
    const alloc = join(dir, name);
    mkdirSync(join(alloc, 'secrets'), { recursive: true });
    const env = { PATH: path(), NOMAD_ALLOC_DIR: alloc, NOMAD_SECRETS_DIR: join(alloc, 'secrets') };
    return spawnSync(shell || join(applets, 'sh'), ['-c', script, 'dbctl', ...args], {
      env,
      input,
      encoding: 'utf8',
      timeout: 10_000,
    });
  };
  const put = (folder: string, files: Record<string, string>, change: { sum?: string; cut?: number } = {}) => {
    const row = ([file, text]: [string, string]): string =>
      `${file} 640 ${Buffer.byteLength(text)} ${change.sum ?? createHash('sha256').update(text).digest('hex')}\n`;
    const table = Object.entries(files).map(row).join('');
    const all = Buffer.from(table + Object.values(files).join(''));
    const sent = all.subarray(0, all.length - (change.cut ?? 0));
    return sh(PUT_SCRIPT, ['mark', 'alloc', folder, String(Buffer.byteLength(table)), String(all.length)], sent);
  };
  const inFolder = (folder: string): string => join(dir, name, folder);

  test('files are cut apart byte for byte, with their modes and no leftovers', () => {
    const files = { a: 'é'.repeat(50_000), empty: '', 'c.sh': 'x\n\n', last: '\n'.repeat(9_000) };
    expect(put('one/two', files)).toMatchObject({ status: 0, stdout: '\nmark stored\n', stderr: '' });
    for (const [file, text] of Object.entries(files))
      expect(readFileSync(join(inFolder('one/two'), file), 'utf8')).toBe(text);
    expect(readdirSync(inFolder('one/two')).sort()).toEqual(['a', 'c.sh', 'empty', 'last']);
    expect(statSync(join(inFolder('one/two'), 'a')).mode & 0o777).toBe(0o640);
    expect(statSync(inFolder('one/two')).mode & 0o777).toBe(0o700);
  });

  test('a cut stream and a damaged file store nothing at all', () => {
    expect(put('cut', { a: 'x'.repeat(100), b: 'y' }, { cut: 1 }).stdout).toBe('\nmark short\n');
    expect(put('bad', { a: 'x', b: 'y' }, { sum: '0'.repeat(64) }).stdout).toBe('\nmark damaged\n');
    expect([...readdirSync(inFolder('cut')), ...readdirSync(inFolder('bad'))]).toEqual([]);
  });

  test('a start without a harness says missing, one with a lock attaches', () => {
    put('none', { x: '' });
    expect(sh(START_SCRIPT, ['mark', 'none']).stdout).toContain('\nmark missing\n');
    put('some', { 'run.sh': '', status: '' });
    expect(sh(START_SCRIPT, ['mark', 'some']).stdout).toContain('\nmark attached\n');
  });

  test('a started harness gets its folder and goes on by itself', async () => {
    put('go', { 'run.sh': 'sleep 0.3; echo "$1" >"$1/seen"' });
    expect(sh(START_SCRIPT, ['mark', 'go']).stdout).toContain('\nmark started\n');
    await expect
      .poll(() => existsSync(join(inFolder('go'), 'seen')) && readFileSync(join(inFolder('go'), 'seen'), 'utf8'))
      .toBe(`${inFolder('go')}\n`);
  });

  test('a pid that now belongs to another process is not taken for the run', () => {
    expect(sh(ALIVE_SCRIPT, ['mark', 'dbctl/x/y', '4194300']).stdout).toContain('\nmark gone\n');
    const answer = sh(ALIVE_SCRIPT, ['mark', 'dbctl/x/y', String(process.pid)]).stdout;
    expect(answer).toMatch(/\nmark (gone|group)\n/);
  });
});
