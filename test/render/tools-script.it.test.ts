import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WHOLE } from '../../src/pipeline/put-tools.js';
import { renderTemplate } from '../../src/render/handlebars.js';
import { readTemplate } from '../../src/render/templates.js';
import { foundScript } from '../../src/render/tools-job.js';
import { SHELLS } from './task-dirs.js';

const PIN = 'ba9876543210';
const PROGRAM = '#!/bin/sh\n[ "$1" = --version ] && echo v1\n';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'dbctl-tools-'));
  for (const folder of ['local/download/rclone', 'local/download/age', 'backups', 'bin'])
    mkdirSync(join(dir, folder), { recursive: true });
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const put = (path: string, text = PROGRAM): void => {
  mkdirSync(join(dir, 'local/download', path, '..'), { recursive: true });
  writeFileSync(join(dir, 'local/download', path), text);
};

const folder = (): string => join(dir, 'backups/.tools', PIN);

/** In busybox every program is its own, as in an alpine image. */
function pathFor(shell: string): string {
  if (shell !== 'busybox') return '/usr/bin:/bin';
  for (const applet of execFileSync('/bin/busybox', ['--list'], { encoding: 'utf8' }).split('\n').filter(Boolean))
    symlinkSync('/bin/busybox', join(dir, 'bin', applet));
  return join(dir, 'bin');
}

function run(shell: string, text: string, ...args: string[]): { code: number | null; out: string } {
  const [command, ...first] = shell === 'busybox' ? ['/bin/busybox', 'sh'] : [`/bin/${shell}`];
  const env = { PATH: path, NOMAD_TASK_DIR: join(dir, 'local') };
  const { status, stdout, stderr } = spawnSync(command ?? '', [...first, '-c', text, 'dbctl', ...args], { env });
  return { code: status, out: `${stdout}${stderr}` };
}

let path = '';

describe.each(SHELLS.map((shell) => [shell]))('the script that places rclone and age under %s', (shell) => {
  beforeEach(() => {
    path = pathFor(shell);
  });
  const place = (names = 'rclone age') => {
    const text = renderTemplate(readTemplate('tools.sh'), {
      ...{ service: 'speedtest', pin: PIN, names },
      found: foundScript(),
    });
    return run(shell, text.replaceAll('/backups', join(dir, 'backups')));
  };
  const isWhole = (...names: string[]): boolean =>
    run(shell, `set -eu; ${WHOLE}`, folder(), ...names).out.includes('dbctl-whole');

  it('takes a plain file as it is, and out of an archive the file of that name', () => {
    put('rclone/rclone-1.75.1');
    for (const file of ['age/LICENSE', 'age/age', 'age/age-keygen']) put(`age/${file}`);
    expect(place()).toMatchObject({ code: 0 });
    expect(readdirSync(folder()).sort()).toEqual(['SHA256SUMS', 'age', 'rclone']);
    expect(readdirSync(join(dir, 'backups/.tools'))).toEqual([PIN]);
    expect([isWhole('rclone', 'age'), isWhole('rclone'), isWhole('rclone', 'other')]).toEqual([true, true, false]);
  });

  it('puts damaged ones anew: a changed file, one that may not be run, one that is gone', () => {
    put('rclone/rclone');
    const spoil = [
      () => writeFileSync(join(folder(), 'rclone'), `${PROGRAM}#`),
      () => chmodSync(join(folder(), 'rclone'), 0o000),
      () => rmSync(join(folder(), 'SHA256SUMS')),
      () => rmSync(folder(), { recursive: true }),
    ];
    expect(place('rclone').code).toBe(0);
    for (const one of spoil) {
      one();
      expect(isWhole('rclone')).toBe(false);
      expect(place('rclone').code).toBe(0);
      expect(isWhole('rclone')).toBe(true);
    }
  });

  it.each([
    ['nothing', () => undefined, 'no single file'],
    ['two of that name', () => ['a/rclone', 'b/rclone'].map((file) => put(`rclone/${file}`)), 'no single file'],
    ['several others', () => ['x', 'y'].map((file) => put(`rclone/${file}`)), 'no single file'],
    ['what does not start', () => put('rclone/rclone', '#!/bin/sh\nexit 1\n'), 'rclone does not start'],
  ])('refuses %s, and keeps what is there', (_what, make, says) => {
    mkdirSync(folder(), { recursive: true });
    writeFileSync(join(folder(), 'rclone'), 'the older one');
    make();
    const { code, out } = place('rclone');
    expect({ code, out }).toMatchObject({ code: 1, out: expect.stringContaining(says) });
    expect(readFileSync(join(folder(), 'rclone'), 'utf8')).toBe('the older one');
    expect(readdirSync(join(dir, 'backups/.tools'))).toEqual([PIN]);
  });
});
