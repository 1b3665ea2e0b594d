import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareEvidence, parseEvidence } from '../../../../src/engines/postgres/evidence.js';
import { fileName } from '../../../../src/shared/file-name.js';
import { sqlIdent } from '../../../../src/shared/quote.js';
import { type BackupPlace, backupPlace, runPlaced } from '../../../support/backup.js';
import {
  mkdirAsPostgres,
  runAsPostgres,
  startCluster,
  type TestCluster,
  writeAsPostgres,
} from '../../../support/postgres.js';
import { type Store, startStore } from '../../../support/store.js';
import { toolBinary } from '../../../support/tool-binary.js';
import { evidenceStep } from '../../../support/toolbox.js';

const sql = (name: string): string => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');
const HOSTILE = `ho'st"ile db=1 \\ $(x) é`;
const SECOND = 'in a tablespace';

/** The shell blocks of the page, in its order, as they stand. */
const blocksOf = (page: string): string[] => [...page.matchAll(/^```sh\n(.*?)^```$/gms)].map((match) => match[1] ?? '');

/** A value that the page says to put in; each of its assignments exactly once. */
const putIn = (block: string, values: Readonly<Record<string, string>>): string =>
  Object.entries(values).reduce((text, [name, value]) => {
    const line = new RegExp(`\\b${name}='[^']*'`, 'g');
    expect(text.match(line)).toHaveLength(1);
    return text.replace(line, () => `${name}='${value}'`);
  }, block);

describe('a stranger with nothing but RESTORE.md', { timeout: 300_000 }, () => {
  const up: { source?: TestCluster; place?: BackupPlace; store?: Store } = {};
  const strangers: TestCluster[] = [];
  let source: TestCluster;
  let place: BackupPlace;
  let store: Store;

  const setDir = (): string => join(place.dir, 'sets', place.ids()[0] ?? '');

  beforeAll(async () => {
    source = await startCluster();
    up.source = source;
    await source.psql(sql('nasty-roles.sql'));
    mkdirAsPostgres(source.scratch);
    const space = join(source.scratch, 'space');
    mkdirAsPostgres(space);
    await source.psql(`alter role owner_role password 'the apps own'; alter role postgres password 'of the old server';
alter role reader_role set work_mem = '7MB'; create tablespace elsewhere location '${space}';`);
    await source.createDatabase(HOSTILE, 'owner owner_role');
    await source.createDatabase(SECOND, 'tablespace elsewhere');
    await source.psql(sql('nasty.sql'), { database: HOSTILE });
    await source.psql(`alter database ${sqlIdent(HOSTILE)} set work_mem = '5MB';
alter role owner_role in database ${sqlIdent(HOSTILE)} set work_mem = '6MB';
revoke connect on database ${sqlIdent(HOSTILE)} from public;`);
    await source.psql('create table a as select i from generate_series(1, 100) i', { database: SECOND });
    store = await startStore('s3', join(source.scratch, 'store'));
    up.store = store;
    const key = execFileSync(toolBinary('age-keygen'), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    writeAsPostgres(join(source.scratch, 'key of mine'), key);
    place = backupPlace(source, [HOSTILE, SECOND], {
      OFFSITE: '1',
      OFFSITE_1_NAME: 's3',
      OFFSITE_1_REMOTE: 'offsite1:bucket/db',
      OFFSITE_1_PRUNE: '0',
      AGE_RECIPIENTS: /public key: (\S+)/.exec(key)?.[1] ?? '',
    });
    writeAsPostgres(join(place.env.NOMAD_SECRETS_DIR, 'rclone.conf'), store.section('offsite1'));
    const made = await runPlaced(place);
    expect(made.code, made.stdout + made.stderr).toBe(0);
  });
  afterAll(async () => {
    await Promise.all(strangers.map((one) => one.stop()));
    await up.store?.stop();
    await up.source?.stop();
  });

  /** A server that has nothing, and the folder in which somebody works through the page. */
  async function stranger(): Promise<{ target: TestCluster; folder: string; env: NodeJS.ProcessEnv }> {
    const target = await startCluster();
    strangers.push(target);
    const folder = join(target.scratch, 'my restored files');
    mkdirAsPostgres(folder);
    await target.psql(`alter role postgres password 'of the new server'`);
    writeAsPostgres(join(target.scratch, 'rclone.conf'), store.section('mine'));
    const env = {
      PATH: `${join(place.env['NOMAD_TASK_DIR'] ?? '', 'tools')}:${target.env['PATH']}`,
      HOME: folder,
      RCLONE_CONFIG: join(target.scratch, 'rclone.conf'),
      PGPASSWORD: 'of the new server',
    };
    return { target, folder, env };
  }

  /** One shell for all blocks, as somebody pastes them; ends at the first that fails. */
  const follow = async (cwd: string, env: NodeJS.ProcessEnv, blocks: readonly string[]): Promise<string> => {
    const pasted = blocks.map((block) => `${block}[ "$?" -eq 0 ] || exit\n`).join('');
    const done = await runAsPostgres('dash', ['-s'], { cwd, env, stdin: pasted });
    expect(done.code, done.stdout + done.stderr).toBe(0);
    expect(done.stderr).toBe('');
    return done.stdout;
  };

  async function expectEqual(target: TestCluster): Promise<void> {
    for (const name of [HOSTILE, SECOND]) {
      const before = parseEvidence(readFileSync(join(setDir(), fileName(name), 'evidence.jsonl'), 'utf8'));
      const taken = await evidenceStep(target, name, { name: `e-${fileName(name)}` });
      expect(taken.code, taken.stdout).toBe(0);
      const comparison = compareEvidence(before, parseEvidence(taken.file('evidence.jsonl')), {
        sequences: 'equal',
        facts: ['database', 'setting', 'role'],
      });
      expect(comparison.catalogDiff).toEqual([]);
      expect(comparison.match).toBe(true);
    }
    const settings = 'select setconfig from pg_db_role_setting order by 1;';
    expect((await target.psql(settings)).stdout).toBe((await source.psql(settings)).stdout);
    const login = { user: 'owner_role', password: 'the apps own', tcp: true, database: HOSTILE };
    expect((await target.psql('select count(*) from app.plain', login)).stdout.trim()).not.toBe('0');
    expect((await target.psql('select 1', { ...login, password: 'wrong', check: false })).code).not.toBe(0);
  }

  it('brings an encrypted copy back into an empty server, from its objects and the key alone', async () => {
    const { target, folder, env } = await stranger();
    const found = readdirSync(store.folder, { recursive: true, encoding: 'utf8' });
    const path = found.find((name) => name.endsWith('/RESTORE.md')) ?? '';
    expect(found.filter((name) => /manifest\.json$|\.dump$|\.sql$/.test(name))).toEqual([]);
    const page = readFileSync(join(store.folder, path), 'utf8');
    const [given = '', fetch = '', whole = '', server = '', ...rest] = blocksOf(page);
    expect(rest).toHaveLength(2);
    const said = await follow(folder, env, [
      putIn(given, { FROM: `mine:bucket/${dirname(path)}`, KEY: join(source.scratch, 'key of mine') }),
      fetch,
      whole,
      putIn(server, { PGHOST: '127.0.0.1', PGPORT: String(target.port) }),
      ...rest,
    ]);
    expect(said.split('\n').filter((line) => line !== '' && !line.endsWith(': OK'))).toEqual([]);
    expect(said.match(/: OK$/gm)?.length).toBe(found.filter((name) => /\.(?:age|md)$/.test(name)).length - 1);
    await expectEqual(target);
  });

  it('restores the set on the backup volume over the socket', async () => {
    const { target, env } = await stranger();
    const page = readFileSync(join(setDir(), 'RESTORE.md'), 'utf8');
    const [, , whole = '', server = '', ...rest] = blocksOf(page);
    const before = readdirSync(setDir(), { recursive: true }).length;
    const here = putIn(server, { PGHOST: target.socket, PGPORT: String(target.port) });
    await follow(setDir(), { ...env, PGPASSWORD: '' }, [whole, here, ...rest]);
    expect(readdirSync(setDir(), { recursive: true })).toHaveLength(before);
    await expectEqual(target);
  });

  it('is told which database is where, and what the new server has to know', () => {
    const page = readFileSync(join(setDir(), 'RESTORE.md'), 'utf8');
    const line = `- \`./${fileName(HOSTILE)}\` holds ${JSON.stringify(HOSTILE)}: UTF8, collate C.UTF-8, ctype C.UTF-8\n`;
    expect(page).toContain(line);
    expect(page).toMatch(/^ {2}with the extensions: .*\bhstore\b.*\bpgcrypto\b/m);
    expect(page).toContain('made with the superuser `postgres`');
    expect(page).not.toMatch(/@[A-Z]+@/);
  });

  it('stops where a file is damaged, cut or missing', async () => {
    const copy = join(source.scratch, 'damaged set');
    await runAsPostgres('cp', ['-a', setDir(), copy]);
    const [, , whole = ''] = blocksOf(readFileSync(join(copy, 'RESTORE.md'), 'utf8'));
    const look = async (): Promise<number> =>
      (await runAsPostgres('dash', ['-s'], { cwd: copy, env: source.env, stdin: whole })).code;
    expect(await look()).toBe(0);
    const globals = readFileSync(join(copy, 'globals.sql'), 'utf8');
    writeAsPostgres(join(copy, 'globals.sql'), globals.replace('NOSUPERUSER', 'SUPERUSER  '));
    expect(await look()).not.toBe(0);
    writeAsPostgres(join(copy, 'globals.sql'), globals);
    await runAsPostgres('rm', [join(copy, fileName(SECOND), 'dump', 'database.dump')]);
    expect(await look()).not.toBe(0);
  });
});
