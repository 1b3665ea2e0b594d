import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { renderTemplate } from '../../src/render/handlebars.js';
import { readTemplate } from '../../src/render/templates.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'dbctl-look-'));
  for (const folder of ['data', 'alloc', 'backups']) mkdirSync(join(dir, folder));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function look(shell: readonly string[]): string {
  const state = join(dir, 'backups/state');
  const text = renderTemplate(readTemplate('look.sh'), { state }).replace('/look/data', join(dir, 'data'));
  writeFileSync(join(dir, 'look.sh'), text);
  const [command = '', ...args] = [...shell, join(dir, 'look.sh')];
  execFileSync(command, args, { env: { ...process.env, NOMAD_ALLOC_DIR: join(dir, 'alloc') } });
  return readFileSync(join(dir, 'alloc/look'), 'utf8').trim();
}

const put = (path: string, text = ''): void => {
  mkdirSync(join(dir, path, '..'), { recursive: true });
  writeFileSync(join(dir, path), text);
};

describe.each([
  ['dash', ['dash']],
  ['busybox', ['busybox', 'sh']],
])('the look script under %s', (_name, shell) => {
  it('calls a new volume empty, its lock file and what dbctl put aside included', () => {
    expect(look(shell)).toBe('empty none');
    put('data/.dbctl.lock');
    put('data/lost+found/x');
    put('data/pgdata.retired-20261120-211530-ab12/PG_VERSION', '15\n');
    expect(look(shell)).toBe('empty none');
  });

  it('finds a cluster in its folder and at the mount point', () => {
    put('data/pgdata/PG_VERSION', '15\n');
    expect(look(shell)).toBe('cluster none');
    rmSync(join(dir, 'data/pgdata'), { recursive: true });
    put('data/PG_VERSION', '12\n');
    expect(look(shell)).toBe('cluster none');
  });

  it('finds anything else, hidden files and hostile names included', () => {
    put('data/.hidden');
    expect(look(shell)).toBe('other none');
    rmSync(join(dir, 'data/.hidden'));
    put('data/a b\n*$(exit 1)');
    expect(look(shell)).toBe('other none');
  });

  it('says the first word of the state, also without an end of line', () => {
    put('backups/state', 'retired 20261120-211530-ab12\n');
    expect(look(shell)).toBe('empty retired');
    put('backups/state', 'expected');
    expect(look(shell)).toBe('empty expected');
    put('backups/state', '');
    expect(look(shell)).toBe('empty unreadable');
  });
});
