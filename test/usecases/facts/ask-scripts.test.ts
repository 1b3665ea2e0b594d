import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { PRINT_KEYS, PRINT_NAMES } from '../../../src/usecases/facts/ask-scripts.js';

const CANARY = 'c4n4ry-s3cr3t';
const dir = mkdtempSync(join(tmpdir(), 'dbctl-ask-'));
afterAll(() => rmSync(dir, { recursive: true }));

const SHELLS: readonly (readonly [string, ...string[]])[] = [
  ['dash'],
  ...(existsSync('/usr/bin/busybox') ? [['/usr/bin/busybox', 'sh'] as const] : []),
];

const run = (
  [shell, ...first]: readonly [string, ...string[]],
  script: string,
  env: Record<string, string>,
  args: readonly string[] = [],
) => {
  const done = spawnSync(shell, [...first, '-eu', '-c', `${script}\nprintf 'end\\n'`, 'dbctl', ...args], {
    env: { PATH: '/usr/bin:/bin', ...env },
    encoding: 'utf8',
  });
  expect(done.stderr).toBe('');
  expect(done.stdout.endsWith('end\n')).toBe(true);
  return done.stdout
    .slice(0, -'end\n'.length)
    .split('\n')
    .filter((line) => line !== '');
};

describe.each(SHELLS)('%s', (...shell) => {
  const sh = shell as unknown as readonly [string, ...string[]];

  it.each([
    ['plain', 'db.home', 'db.home'],
    ['plain', `postgres://u:${CANARY}@h:1/d`, 'postgres://u@h:1/d'],
    ['url', `postgres://u:${CANARY}@h:1/d?password=${CANARY}`, 'postgres://u@h:1/d'],
    ['url', `mysql://u:${CANARY}/x@h/d`, 'mysql://u@h/d'],
    ['url', `u:${CANARY}@tcp(h:3306)/d?x=${CANARY}`, 'u@tcp(h:3306)/d'],
    ['plain', `u:${CANARY}@tcp(h:3306)/d`, 'u@tcp(h:3306)/d'],
    ['plain', `pg://h/d?sslmode=x&password=${CANARY}`, 'pg://h/d'],
    ['plain', `-d a=b "x" $(id) postgres://u@h/d?__`, `-d a=b "x" $(id) postgres://u@h/d?__`],
    ['url', `host=h password=${CANARY} dbname=d user=u`, ' host=h dbname=d user=u'],
    ['url', CANARY, ''],
  ])('prints %s:%s without a password', (kind, value, expected) => {
    expect(run(sh, PRINT_KEYS, { K: value }, [`${kind}:K`, `${kind}:ABSENT`])).toEqual([`K=${expected}`, 'ABSENT=']);
  });

  it('prints the first line of a file, without a password too, and nothing for one that cannot be read', () => {
    const [name, url] = [join(dir, 'name'), join(dir, 'url')];
    writeFileSync(name, 'my db\nsecond line');
    writeFileSync(url, `postgres://u:${CANARY}@h/d`);
    const env = { A: name, B: url, C: '/nowhere/at/all', D: dir };
    expect(run(sh, PRINT_KEYS, env, ['file:A', 'urlfile:B', 'file:B', 'file:C', 'file:D'])).toEqual([
      'A=my db',
      'B=postgres://u@h/d',
      'B=postgres://u@h/d',
      'C=',
      'D=',
    ]);
  });

  it('prints names of variables only: neither values nor pieces of them', () => {
    const env = {
      APP_DB_HOST: 'h',
      DATABASE_PASSWORD: CANARY,
      KEY: `-----\nDBpiece${CANARY}==\nMY_DB_NAME=x`,
      OTHER: 'x',
      gitea__database__HOST: 'g',
    };
    expect(run(sh, PRINT_NAMES, env).toSorted()).toEqual(['APP_DB_HOST', 'gitea__database__HOST']);
  });
});
