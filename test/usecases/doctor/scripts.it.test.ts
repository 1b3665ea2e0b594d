import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HASH_SCRIPT } from '../../../src/usecases/doctor/apps.js';
import { LOOK_SCRIPT, parseServerFiles } from '../../../src/usecases/doctor/server-files.js';

const SHELLS: readonly { readonly shell: readonly [string, ...string[]] }[] = [
  { shell: ['dash'] },
  { shell: ['busybox', 'sh'] },
];
const box = { dir: '' };
beforeAll(() => {
  box.dir = mkdtempSync(join(tmpdir(), 'dbctl-doctor-'));
});
afterAll(() => rmSync(box.dir, { recursive: true, force: true }));

function linesOf(
  [shell, ...first]: readonly [string, ...string[]],
  script: string,
  args: string[],
  env = {},
): string[] {
  const argv = [...first, '-c', script, 'dbctl', ...args];
  const all = { PATH: process.env['PATH'] ?? '', ...env };
  return execFileSync(shell, argv, { env: all, encoding: 'utf8', stdio: 'pipe', timeout: 20_000 })
    .trimEnd()
    .split('\n');
}

describe.each(SHELLS)('in $shell', ({ shell }) => {
  test('a password is told as a salted hash alone, out of a variable or a URL', () => {
    const hash = (text: string): string => createHash('sha256').update(`salt-1${text}`).digest('hex');
    const env = { DB_PASSWORD: `a'b"c $x`, DATABASE_URL: 'postgres://me:s%40cret:x@db:5432/me', EMPTY: '' };
    const keys = [
      'plain:DB_PASSWORD',
      'url:DATABASE_URL',
      'plain:EMPTY',
      'plain:ABSENT',
      'plain:0;id',
      'url:DB_PASSWORD',
    ];
    expect(linesOf(shell, HASH_SCRIPT, ['salt-1', ...keys], env)).toEqual([hash(env.DB_PASSWORD), hash('s%40cret:x')]);
  });

  test('the data folder is found among those it may be, and described', () => {
    const data = join(box.dir, `it's a ${shell[0]}`, 'pgdata');
    mkdirSync(data, { recursive: true });
    writeFileSync(join(data, 'PG_VERSION'), '15\n');
    writeFileSync(join(data, '..', '.dbctl.libc'), 'musl\n');
    chmodSync(data, 0o700);
    const seen = parseServerFiles(linesOf(shell, LOOK_SCRIPT, [join(box.dir, 'absent'), data]), { from: 1, to: 2 });
    expect(seen).toMatchObject({
      data,
      mode: '700',
      owner: process.getuid?.(),
      pgVersion: '15',
      madeUnder: 'musl',
    });
    expect(seen.freeKb).toBeGreaterThan(0);
    expect(seen.mount?.type).toMatch(/\w/);
    expect(seen.clock?.task).toBeGreaterThan(1_700_000_000);
  });

  test('a task without a data folder tells the rest', () => {
    expect(parseServerFiles(linesOf(shell, LOOK_SCRIPT, ['/absent']), { from: 1, to: 2 })).toMatchObject({
      ...{ data: null, owner: null, mount: null, freeKb: null },
      libc: expect.stringMatching(/^(?:glibc|musl)$/),
    });
  });
});
