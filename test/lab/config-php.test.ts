import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configText, readDatabase, withDatabase } from '../../lab/apps/freshrss/config-php.js';
import { bundleApps } from '../../lab/bundle-app.js';

const db = { host: '10.88.0.1:5432', user: 'freshrss', password: "it's a \\ password", base: 'freshrss' };
// No ] in any value: the reader of the lab's app ends the section there, as the writer never makes one.
const value = fc.string({ minLength: 1, maxLength: 12 }).filter((text) => !text.includes(']'));

describe('the file that the lab’s feed reader keeps for itself', () => {
  it('gives back every value that was written into it, quotes and backslashes included', () => {
    fc.assert(
      fc.property(fc.record({ host: value, user: value, password: value, base: value }), (written) => {
        expect(readDatabase(configText(written, 'salt'))).toEqual(written);
      }),
    );
  });

  it('differs in the changed value alone, and not at all when it is the same', () => {
    fc.assert(
      fc.property(value, (host) => {
        const before = configText(db, 'salt');
        const after = withDatabase(before, { host });
        expect(readDatabase(after)).toEqual({ ...db, host });
        expect(withDatabase(after, { host: db.host })).toBe(before);
      }),
    );
  });
});

describe('its own tool', () => {
  let dir = '';
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'dbctl-cli-'));
    await bundleApps(join(dir, 'opt'), ['freshrss']);
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  const path = (): string => join(dir, 'config.php');
  const cli = (...args: string[]): string =>
    execFileSync(process.execPath, [join(dir, 'opt/freshrss/cli.cjs'), ...args], {
      env: { DATA_PATH: dir },
      encoding: 'utf8',
      stdio: 'pipe',
    });

  it('points the file to another server, readable by its owner alone; twice is once', () => {
    writeFileSync(path(), configText(db, 'salt'), { mode: 0o600 });
    cli('reconfigure', '--db-host', '127.0.0.1:5433');
    expect(cli('show-db')).toBe('127.0.0.1:5433 freshrss freshrss\n');
    expect(statSync(path()).mode & 0o777).toBe(0o600);
    const { ino } = statSync(path());
    cli('reconfigure', '--db-host', '127.0.0.1:5433');
    expect(statSync(path()).ino).toBe(ino);
    cli('reconfigure', '--db-host', db.host);
    expect(readFileSync(path(), 'utf8')).toBe(configText(db, 'salt'));
  });

  it('refuses what it does not know and a file that is not there', () => {
    writeFileSync(path(), configText(db, 'salt'), { mode: 0o600 });
    expect(() => cli('reconfigure', '--host', 'x')).toThrow(/what is --host/);
    rmSync(path());
    expect(() => cli('reconfigure', '--db-host', 'x:1')).toThrow(/ENOENT/);
  });
});
