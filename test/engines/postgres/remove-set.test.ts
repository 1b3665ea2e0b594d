import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const toolbox = fileURLToPath(new URL('../../../templates/toolbox/', import.meta.url));
const ID = '000001-20261128T023000Z';

describe.each([['dash'], ['busybox', 'sh']])('a set that retention lets go, in %s', (...shell) => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'dbctl-retain-'));
    for (const folder of [`sets/${ID}`, 'pins']) mkdirSync(join(home, folder), { recursive: true });
    writeFileSync(join(home, 'sets', ID, 'manifest.json'), '{}');
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  const run = (what: string): number | null => {
    const [program = '', ...first] = shell;
    const script = `set -eu; . ${toolbox}lib.sh; . ${toolbox}offsite.sh; . ${toolbox}retain.sh; ${what} || exit 3`;
    const env = { ...process.env, SERVICE: 'shop', SERVICE_DIR: home };
    return spawnSync(program, [...first, '-c', script], { env, cwd: home }).status;
  };
  const remove = (): number | null => run(`remove_set ${ID}`);
  const isThere = (): boolean => existsSync(join(home, 'sets', ID, 'manifest.json'));

  it('is gone', () => {
    expect([remove(), isThere(), existsSync(join(home, 'sets', `${ID}.part`))]).toEqual([0, false, false]);
  });

  it('stays when it is pinned after it was judged', () => {
    writeFileSync(join(home, 'pins', ID), 'pin\n');
    expect([remove(), isThere()]).toEqual([3, true]);
  });

  it('waits for whoever is just pinning it, and stays then', async () => {
    const pinning = `exec 8>>"$0/pins.lock"; flock 8; echo locked; sleep 1; echo pin >"$0/pins/${ID}"`;
    const other = spawn('dash', ['-c', pinning, home], { stdio: ['ignore', 'pipe', 'ignore'] });
    await new Promise((resolve) => other.stdout.once('data', resolve));
    expect([remove(), isThere()]).toEqual([3, true]);
  });

  it('has a copy elsewhere that goes, unless it was pinned after it was judged', () => {
    const folder = join(home, 'shelf', 'shop', '2026', '11', '28', ID);
    mkdirSync(folder, { recursive: true });
    for (const name of ['index.json', 'manifest.json']) writeFileSync(join(folder, name), '{}');
    // Of the calls of rclone, what they do to a local folder.
    const standIn = `rclone_run() { case $1 in deletefile) rm "$2" ;; purge) rm -r "$2" ;; esac; }`;
    const removeCopy = `${standIn}; target=shelf; remote=${home}/shelf; remove_copy ${ID}`;
    writeFileSync(join(home, 'pins', ID), 'pin\n');
    expect([run(removeCopy), existsSync(join(folder, 'index.json'))]).toEqual([3, true]);
    rmSync(join(home, 'pins', ID));
    expect([run(removeCopy), existsSync(folder)]).toEqual([0, false]);
  });
});
