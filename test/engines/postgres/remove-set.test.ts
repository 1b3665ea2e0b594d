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

  const remove = (): number | null => {
    const [program = '', ...first] = shell;
    const script = `set -eu; . ${toolbox}lib.sh; . ${toolbox}retain.sh; remove_set ${ID} || exit 3`;
    const env = { ...process.env, SERVICE_DIR: home };
    return spawnSync(program, [...first, '-c', script], { env, cwd: home }).status;
  };
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
});
