import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileName } from '../../../src/shared/file-name.js';
import { sqlIdent } from '../../../src/shared/quote.js';
import { mkdirAsPostgres, startCluster, type TestCluster, writeAsPostgres } from '../../support/postgres.js';
import { LONG_SHELLS } from '../../support/shells.js';
import { runStep, type StepResult } from '../../support/toolbox.js';

/** Names that a shell, a path and a list of lines could stumble over. */
const NAMES = ['gitea', "it's", 'Two Words', '-dash', '.dot', 'ümläut', 'back\\slash', 'line\nbreak', '$(id)', '__x'];
const CLOSED = 'gitea__old_20261120_211530_ab12';
const SCRATCH = 'gitea__back_20261120_211530_ab12';
const PASSWORD = 'a:b\\c d';

/** Stands in for backup.sh and tells what it was started with; `BROKEN` fails for one database. */
const RECORDER = `. ./run.env
. "$CONFIG"
. ./run.env
psql -X -A -t -q -w -d "$DATABASE_1" -c 'select current_database()' >asked
{
  printf '%s\\0' "$SERVICE" "$SERVICE_DIR" "$FOLDER_1" "$DATABASES" "$KIND" "$PIN" "$DATABASE_1"
  cat asked
} >"$NOMAD_ALLOC_DIR/seen"
[ "$DATABASE_1" != "\${BROKEN:-}" ] || exit 23
exit "\${CODE:-0}"
`;

const up: { cluster?: TestCluster } = {};
const cluster = (): TestCluster => {
  if (!up.cluster) throw new Error('no cluster');
  return up.cluster;
};

beforeAll(async () => {
  up.cluster = await startCluster();
  for (const name of [...NAMES, CLOSED, SCRATCH]) await cluster().psql(`create database ${sqlIdent(name)};`);
  await cluster().psql(`alter database ${sqlIdent(CLOSED)} allow_connections false;`);
  await cluster().psql(`alter role postgres password 'a:b\\c d';`);
});
afterAll(() => up.cluster?.stop());

const counter = { step: 0 };

/** The folders of a task, as Nomad would make them. */
function world(): { alloc: string; local: string; secrets: string; volume: string } {
  const top = join(cluster().scratch, `world-${++counter.step}`);
  const dirs = {
    alloc: join(top, 'alloc'),
    local: join(top, 'local'),
    secrets: join(top, 'secrets'),
    volume: join(top, 'v'),
  };
  for (const dir of [top, ...Object.values(dirs)]) mkdirAsPostgres(dir);
  writeAsPostgres(
    join(dirs.local, 'backup.env'),
    `SERVICE='postgresql'\nSERVICE_DIR='${dirs.volume}'\nKEEP_LAST='3'\n`,
  );
  writeAsPostgres(
    join(dirs.local, 'server.env'),
    `PGHOST='127.0.0.1'\nPGPORT='${cluster().port}'\nPGUSER='postgres'\n`,
  );
  writeAsPostgres(join(dirs.secrets, 'admin'), `*:*:*:postgres:${PASSWORD.replaceAll(/[:\\]/g, '\\$&')}`);
  chmodSync(join(dirs.secrets, 'admin'), 0o644);
  return dirs;
}

type World = ReturnType<typeof world>;

/** As in a toolbox: the task's folders come with the environment. */
async function shared(
  dirs: World,
  env: Record<string, string> = {},
  shell: readonly string[] = ['sh'],
): Promise<StepResult> {
  const name = `shared-${++counter.step}`;
  const task = `NOMAD_ALLOC_DIR=${dirs.alloc} NOMAD_TASK_DIR=${dirs.local} NOMAD_SECRETS_DIR=${dirs.secrets}`;
  const more = Object.entries(env).map(([key, value]) => `${key}='${value}'`);
  const [program = 'sh', ...args] = shell;
  const script = `export ${task} ${more.join(' ')}\nprintf '%s' '${RECORDER.replaceAll("'", `'\\''`)}' >backup.sh
cp shared.sh job2.sh\nexec ${[program, ...args].join(' ')} job2.sh\n`;
  return await runStep({ cluster: cluster(), database: 'postgres', name, script, env: { KIND: 'manual', PIN: '1' } });
}

const seen = (dirs: World, name: string): string[] =>
  readFileSync(join(dirs.alloc, 'shared', fileName(name), 'seen'), 'utf8').split('\0');

describe.each(LONG_SHELLS)('a backup of a shared server, under %s', (...shell) => {
  it('takes every open database with a folder of its own, whatever its name, and names the closed ones', async () => {
    const dirs = world();
    const result = await shared(dirs, {}, shell);
    expect(result.code, result.stdout).toBe(0);
    for (const name of NAMES) {
      const [service, dir, folder, count, kind, pin, database, asked] = seen(dirs, name);
      expect([service, dir]).toEqual([`postgresql/${fileName(name)}`, `${dirs.volume}/${fileName(name)}`]);
      expect([folder, count, kind, pin, database]).toEqual([fileName(name), '1', 'manual', '1', name]);
      expect(asked).toBe(`${name}\n`);
    }
    expect(readdirSync(join(dirs.alloc, 'shared')).sort()).toEqual([...NAMES, 'postgres'].map(fileName).sort());
    expect(result.stdout).toContain(`closed, left alone: ${CLOSED}`);
    expect(existsSync(join(dirs.alloc, 'shared', fileName(SCRATCH)))).toBe(false);
  });

  it('does the others when one is broken, and says so by its exit code', async () => {
    const dirs = world();
    const result = await shared(dirs, { BROKEN: 'gitea', CODE: '28' }, shell);
    expect(result.code).toBe(23);
    expect(seen(dirs, 'ümläut')[6]).toBe('ümläut');
    expect((await shared(dirs, { CODE: '28' }, shell)).code).toBe(28);
  });
});

describe('a backup of a shared server', () => {
  it('takes only those that are asked for, and refuses one that is not there', async () => {
    const dirs = world();
    const wanted = (name: string) => ({ WANTED_DATABASES: '1', WANTED_DATABASE_1: name });
    expect((await shared(dirs, wanted('gitea'))).code).toBe(0);
    expect(readdirSync(join(dirs.alloc, 'shared'))).toEqual(['gitea']);
    const missing = await shared(dirs, wanted('nobody'));
    expect(missing.code).toBe(23);
    expect(missing.stdout).toContain('none of the wanted databases');
  });

  it('forgets the catalog of a database that is gone, and keeps its sets', async () => {
    const dirs = world();
    await cluster().psql('create database leaves;');
    await shared(dirs);
    writeFileSync(join(dirs.volume, 'leaves', 'set'), '');
    await cluster().psql('drop database leaves;');
    await shared(dirs);
    expect(existsSync(join(dirs.alloc, 'shared', 'leaves'))).toBe(false);
    expect(existsSync(join(dirs.volume, 'leaves', 'set'))).toBe(true);
  });

  it('tries every database it knew when the server does not answer, so that each catalog tells of it', async () => {
    const dirs = world();
    await shared(dirs);
    rmSync(join(dirs.alloc, 'shared', 'gitea', 'seen'));
    writeAsPostgres(join(dirs.local, 'server.env'), "PGHOST='127.0.0.1'\nPGPORT='1'\nPGUSER='postgres'\n");
    const result = await shared(dirs);
    expect(result.stdout).toContain('these are its databases of the last time');
    expect(seen(dirs, 'gitea')[6]).toBe('gitea');
  });

  it('does not show the password to the fs API', async () => {
    const dirs = world();
    const result = await shared(dirs);
    const files = readdirSync(result.dir, { recursive: true, encoding: 'utf8', withFileTypes: true }).filter((one) =>
      one.isFile(),
    );
    for (const file of files) expect(readFileSync(join(file.parentPath, file.name), 'utf8')).not.toContain('b\\\\c');
  });
});
