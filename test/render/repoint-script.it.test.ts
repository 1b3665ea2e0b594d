import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keptName, renderRepointScript } from '../../src/render/repoint-script.js';

const box = { dir: '' };
beforeAll(() => {
  box.dir = mkdtempSync(join(tmpdir(), 'dbctl-repoint-'));
});
afterAll(() => rmSync(box.dir, { recursive: true, force: true }));

const SHELLS: readonly (readonly string[])[] = [['dash'], ['busybox', 'sh']];
const file = (): string => join(box.dir, "conf'ig.php");

/** A tool that keeps one line in its file: the address, a database, a user. */
const repoint = (write = 'sed -i "s/^[^ ]*/$1/" "$2"') => ({
  file: file(),
  read: ['cat', file()],
  write: ['sh', '-c', write, 'tool', '{address}', file()],
});

function run(shell: readonly string[], script: string): { code: number; out: string } {
  const path = join(box.dir, 'repoint.sh');
  writeFileSync(path, script);
  const [command = '', ...args] = shell;
  try {
    const env = { PATH: process.env['PATH'] ?? '', NOMAD_ALLOC_DIR: box.dir };
    const out = execFileSync(command, [...args, path], { env, encoding: 'utf8', stdio: 'pipe', timeout: 20_000 });
    return { code: 0, out };
  } catch (error) {
    const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string };
    return { code: status, out: `${stdout}${stderr}` };
  }
}

const there = (text: string): void => {
  rmSync(keptName(file()), { force: true });
  writeFileSync(file(), text, { mode: 0o600 });
  writeFileSync(join(box.dir, 'db-gate.done'), '');
};

describe.each(SHELLS.map((shell) => [shell.join(' '), shell] as const))('the repoint script in %s', (_name, shell) => {
  const forth = (): string => renderRepointScript({ repoint: repoint(), address: '127.0.0.1:5433', gated: true });
  const back = (): string => renderRepointScript({ repoint: repoint(), address: 'pg.home', gated: false });

  test('changes the address, keeps what was there, and changes nothing the second time', () => {
    there('pg.home rss rss\n');
    expect(run(shell, forth())).toEqual({ code: 0, out: 'dbctl: the app was pointed at 127.0.0.1:5433\n' });
    expect(readFileSync(file(), 'utf8')).toBe('127.0.0.1:5433 rss rss\n');
    expect(readFileSync(keptName(file()), 'utf8')).toBe('pg.home rss rss\n');
    expect(statSync(keptName(file())).mode & 0o777).toBe(0o600);
    expect(run(shell, forth()).out).toBe('dbctl: the app is at 127.0.0.1:5433 already\n');
  });

  test('the way back leaves the file as it was, and no copy beside it', () => {
    there('pg.home rss rss\n');
    run(shell, forth());
    expect(run(shell, back()).code).toBe(0);
    expect(readFileSync(file(), 'utf8')).toBe('pg.home rss rss\n');
    expect(existsSync(keptName(file()))).toBe(false);
    expect(run(shell, back()).out).toContain('already');
  });

  test('an app that is not installed yet is left alone', () => {
    there('');
    rmSync(file());
    expect(run(shell, forth())).toMatchObject({ code: 0 });
    expect(existsSync(file())).toBe(false);
  });

  test('a tool that fails, changes nothing or says nothing stops the app from starting', () => {
    const broken = (tool: object): string =>
      renderRepointScript({ repoint: { ...repoint(), ...tool }, address: '127.0.0.1:5433', gated: true });
    there('pg.home rss rss\n');
    expect(run(shell, broken({ write: ['false'] }))).toMatchObject({ code: 1 });
    expect(run(shell, broken({ write: ['true'] })).out).toContain(
      "the app's own file says pg.home:5432, not 127.0.0.1:5433",
    );
    expect(run(shell, broken({ read: ['false'] })).out).toContain('the tool does not tell the address');
    expect(readFileSync(file(), 'utf8')).toBe('pg.home rss rss\n');
  });

  test('words of the command reach the tool as they are', () => {
    const word = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
      .filter((text) => !/[\p{Cc}\p{Cs}{}]/u.test(text));
    fc.assert(
      fc.property(word, (text) => {
        there('pg.home rss rss\n');
        const seen = join(box.dir, 'seen');
        const write = [
          'sh',
          '-c',
          `printf %s "$1" >"$2"; sed -i "s/^[^ ]*/$3/" "$4"`,
          'tool',
          text,
          seen,
          '{address}',
          file(),
        ];
        const script = renderRepointScript({
          repoint: { ...repoint(), write },
          address: '127.0.0.1:5433',
          gated: true,
        });
        expect(run(shell, script).code).toBe(0);
        expect(readFileSync(seen, 'utf8')).toBe(text);
      }),
      { numRuns: 15 },
    );
  }, 30_000);
});

test('nothing is changed before the gate has opened', () => {
  there('pg.home rss rss\n');
  rmSync(join(box.dir, 'db-gate.done'));
  const path = join(box.dir, 'waits.sh');
  writeFileSync(path, renderRepointScript({ repoint: repoint(), address: '127.0.0.1:5433', gated: true }));
  const env = { PATH: process.env['PATH'] ?? '', NOMAD_ALLOC_DIR: box.dir };
  expect(() => execFileSync('dash', [path], { env, stdio: 'pipe', timeout: 700 })).toThrow();
  expect(readFileSync(file(), 'utf8')).toBe('pg.home rss rss\n');
});
