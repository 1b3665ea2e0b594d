import { randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/adapters/clock.js';
import { framedPsql } from '../../src/adapters/framed-psql.js';
import { markSql } from '../../src/engines/postgres/target.js';
import { DbctlError } from '../../src/errors/dbctl-error.js';
import { parseInventory } from '../../src/inventory/parse.js';
import { type Journal, newJournal } from '../../src/pipeline/journal.js';
import { journalPath } from '../../src/pipeline/journal-store.js';
import { toolsPin } from '../../src/plan/backup-part.js';
import type { DatabasePart } from '../../src/plan/types.js';
import type { BackupManifest } from '../../src/report/backup-catalog.js';
import type { RestoreReport } from '../../src/report/restore-report.js';
import { fileName } from '../../src/shared/file-name.js';
import { sqlIdent, sqlLiteral } from '../../src/shared/quote.js';
import { Secret } from '../../src/shared/secret.js';
import type { UseCaseDeps } from '../../src/usecases/deps.js';
import { restore } from '../../src/usecases/restore.js';
import { textsFor } from '../../src/usecases/run-texts.js';
import { fakeFiles } from '../fakes/fake-files.js';
import { fakeVault } from '../fakes/fake-vault.js';
import { makeSet } from '../support/backup-set.js';
import { type LocalTask, localTask } from '../support/local-task.js';
import {
  mkdirAsPostgres,
  runAsPostgres,
  startCluster,
  type TestCluster,
  writeAsPostgres,
} from '../support/postgres.js';
import { toolBinary } from '../support/tool-binary.js';
import { runStep } from '../support/toolbox.js';

const SERVICE = 'speedtest';
const TOOLS = {
  rclone: { url: 'https://tools.example/rclone', sha256: 'ab'.repeat(32) },
  age: { url: 'https://tools.example/age', sha256: 'cd'.repeat(32) },
};
const DATABASES = [`app "db' \\ x=1`, 'second'] as const;
const ROLE = `ro"le'x`;
const RUN = '20261120-211530-ab12';

const PART = {
  ...{ service: SERVICE, job: SERVICE, group: SERVICE, placement: 'same-group' },
  ...{ task: 'postgres', toolbox: 'db-backup', initTask: 'db-init', gateTask: 'db-gate', role: ROLE, major: 17 },
  databases: DATABASES.map((name) => ({ name, encoding: 'UTF8', collate: 'C', ctype: 'C' })),
  resources: { postgres: { cpu: 100, memory: 512 }, toolbox: { cpu: 1, memory: 1 }, init: { cpu: 1, memory: 1 } },
} as unknown as DatabasePart;

describe('a restore on a real server', () => {
  let server: TestCluster;
  let task: LocalTask;
  let set: BackupManifest;
  let files: ReturnType<typeof fakeFiles>;
  const asked: string[] = [];

  beforeAll(async () => {
    server = await startCluster({ fresh: true });
    task = localTask(server, systemClock());
    task.nomad.jobs.jobs.clear();
    await server.psql(`create role ${sqlIdent(ROLE)} login password 'app';`);
    for (const name of DATABASES) await makeLive(name);
    app.ended = startApp();
    set = await makeSet({ cluster: server, home: home(), service: SERVICE, databases: DATABASES, counter: 7 });
    await task.port.registerJob(
      {
        ID: SERVICE,
        TaskGroups: [
          { Name: SERVICE, Tasks: ['postgres', 'db-backup', 'app'].map((Name) => ({ Name, Driver: 'exec' })) },
        ],
      },
      { enforceIndex: 0 },
    );
  });
  afterAll(async () => {
    app.stopped = true;
    await app.ended;
    await server.stop();
    task.remove();
  });

  /** Comes back by itself, as apps do. */
  const app = { stopped: false, ended: Promise.resolve() };
  const startApp = async (): Promise<void> => {
    const login = { database: DATABASES[0], user: ROLE, password: 'app', tcp: true, check: false } as const;
    for (; !app.stopped; await sleep(500)) await server.psql('select pg_sleep(2)', login);
  };

  const home = () => join(task.backups, SERVICE);
  const makeLive = async (name: string): Promise<void> => {
    await server.psql(`create database ${sqlIdent(name)} owner ${sqlIdent(ROLE)} connection limit 11;`);
    await server.psql(
      `comment on database ${sqlIdent(name)} is 'mine'; alter database ${sqlIdent(name)} set work_mem = '7MB';`,
    );
    await server.psql(
      `create table notes (id serial primary key, what text); insert into notes (what) values ('backed up'); alter table notes owner to ${sqlIdent(ROLE)};`,
      { database: name },
    );
    await server.psql(markSql({ service: SERVICE, database: name, run: RUN, state: 'verified' }));
  };

  /** Everything as it is before a restore: other rows than in the backup, nothing left of an earlier one. */
  beforeEach(async () => {
    const rows = (await server.json(
      `select to_json(datname) from pg_database where datname like '%\\_\\_restore\\_%' or datname like '%\\_\\_before\\_%'`,
    )) as string[];
    for (const name of rows) {
      await server.psql(`alter database ${sqlIdent(name)} allow_connections true;`);
      await server.psql(`drop database ${sqlIdent(name)} with (force);`);
    }
    for (const name of DATABASES) await again(name);
    for (const name of DATABASES)
      await server.psql(`truncate notes; insert into notes (what) values ('later');`, { database: name });
    task.nomad.variables.entries.clear();
    const journal: Journal = { ...newJournal(SERVICE, RUN, new Date(0)), phase: 'migrated' };
    const texts = textsFor({
      run: RUN,
      home: '/home',
      plan: { target: { ...PART, port: server.port } },
      artifacts: { path: '/x' },
    } as never);
    task.nomad.variables.entries.set(journalPath(SERVICE), {
      items: { journal: JSON.stringify(journal), texts },
      modifyIndex: 1,
      held: undefined,
    });
    catalog();
    files = fakeFiles();
    asked.length = 0;
  });

  const again = async (name: string): Promise<void> => {
    const known = await server.json(`select 1 from pg_database where datname = ${sqlLiteral(name)}`);
    if (known.length === 0) await makeLive(name);
  };

  const catalog = (sets: readonly object[] = [{ ...set, pinned: false, receipts: [] }]): void => {
    const dir = join(task.backups, '..', 'a', 'dbctl', 'backups');
    rmSync(dir, { recursive: true, force: true });
    mkdirAsPostgres(dir);
    const text = JSON.stringify({
      ...{
        schema: 'dbctl.catalog/1',
        service: SERVICE,
        written: set.finished,
        schedule: null,
        zone: null,
        problem: null,
      },
      ...{ sets, attempts: [] },
    });
    writeAsPostgres(join(dir, 'catalog.json'), text);
  };

  const deps = (more: Partial<UseCaseDeps> = {}): UseCaseDeps => {
    const clock = systemClock();
    return {
      inventory: parseInventory(
        `version: 1\ndefaults: { driver: exec, migrate: { healthyDeadline: 5s } }\nservices:\n  ${SERVICE}: { app: db-parts, jobspec: b.hcl }\n`,
        'dbctl.yaml',
      ),
      home: '/home',
      nomad: task.port,
      consul: null,
      vault: fakeVault(),
      sql: framedPsql(task.port),
      files,
      clock,
      newSecret: () => new Secret('x'),
      randomBytes,
      signal: new AbortController().signal,
      reporter: { emit: () => undefined, settled: () => Promise.resolve() },
      hcl: () => Promise.reject(new DbctlError('JOBSPEC_UNSUPPORTED', 'no grammar in this test')),
      store: { stateDir: '/state', process: { pid: 1, isAlive: () => false } },
      ...more,
    };
  };

  const ask = (
    more: Partial<Parameters<typeof restore>[1]> = {},
    ports: Partial<UseCaseDeps> = {},
  ): Promise<RestoreReport> =>
    restore(deps(ports), {
      ...{ service: SERVICE, from: null, at: null, offsite: null, identity: null },
      ...{ safety: false, resume: false, undo: false, done: false },
      confirm: async (question) => void asked.push(question),
      ...more,
    });

  const notes = async (database: string): Promise<string> =>
    (await server.psql('select what from notes', { database })).stdout.trim();
  const all = async (): Promise<string[]> => Promise.all(DATABASES.map(notes));
  const asideNames = async (): Promise<string[]> =>
    (await server.json(
      `select to_json(datname) from pg_database where datname ~ '__(restore|before)_' order by datname`,
    )) as string[];
  const phase = (): string => {
    const { journal = '{}' } = task.nomad.variables.entries.get(journalPath(SERVICE))?.items ?? {};
    return (JSON.parse(journal) as { phase: string }).phase;
  };

  it('brings back what was backed up, with owner, rights and settings, and keeps what was live', async () => {
    const report = await ask();
    expect(report.error).toBeUndefined();
    expect(report).toMatchObject({ status: 'ok', set: { id: set.id }, evidence: { match: true } });
    expect(report.firstSession).not.toBeNull();
    expect(await all()).toEqual(['backed up', 'backed up']);
    expect(asked.join()).toContain(set.id);
    for (const name of DATABASES) {
      const [row] = await server.json(
        `select json_build_object('owner', pg_get_userbyid(datdba), 'limit', datconnlimit, 'open', datallowconn, 'comment', shobj_description(oid, 'pg_database'),
 'acl', datacl::text, 'setting', (select setconfig from pg_db_role_setting s where s.setdatabase = d.oid)) from pg_database d where datname = ${sqlLiteral(name)}`,
      );
      expect(row).toMatchObject({ owner: ROLE, limit: 11, open: true, comment: 'mine', setting: ['work_mem=7MB'] });
    }
    expect(report.kept).toHaveLength(2);
    expect(phase()).toBe('migrated');
    expect(existsSync(join(home(), 'pins', set.id))).toBe(false);
    expect([...files.texts.keys()].some((path) => path.endsWith('/restore.json'))).toBe(true);
  });

  it('can be undone, and done with', async () => {
    await ask();
    const undone = await ask({ undo: true });
    expect(undone.error).toBeUndefined();
    expect(await all()).toEqual(['later', 'later']);
    expect(undone.kept).toHaveLength(2);
    const done = await ask({ done: true });
    expect(done.status).toBe('ok');
    expect(await asideNames()).toEqual([]);
    expect(await all()).toEqual(['later', 'later']);
    expect((await ask({ done: true })).status).toBe('nothing-to-do');
    await expect(ask({ undo: true })).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
  });

  it('drops what the restore before kept, once it is finished itself', async () => {
    await ask();
    const [first] = await asideNames();
    await ask();
    const names = await asideNames();
    expect(names).toHaveLength(2);
    expect(names).not.toContain(first);
    expect(await all()).toEqual(['backed up', 'backed up']);
  });

  it('reaches the same end wherever dbctl dies, life after life', { timeout: 300_000 }, async () => {
    let left = 1;
    const dying = {
      ...task.port,
      writeLocked: async (...args: Parameters<typeof task.port.writeLocked>) => {
        if (left-- <= 0) throw new DbctlError('LOCK_LOST', 'killed');
        return await task.port.writeLocked(...args);
      },
    };
    let report: RestoreReport | undefined;
    for (let life = 1; life < 40; life++) {
      left = 1 + (life % 5);
      report = await ask({ resume: life > 1 }, { nomad: dying }).catch(() => undefined);
      if (report?.status === 'ok') break;
      if (life > 1) expect(phase()).toBe('restoring');
    }
    expect(report?.status).toBe('ok');
    expect(await all()).toEqual(['backed up', 'backed up']);
    expect(await asideNames()).toHaveLength(2);
    expect(phase()).toBe('migrated');
  });

  it('leaves what is live alone when the backup is damaged, and takes away what it made', async () => {
    const folder = join(home(), 'sets', set.id, set.databases[1]?.folder ?? '');
    const sums = join(folder, 'SHA256SUMS');
    const before = readFileSync(sums, 'utf8');
    writeFileSync(sums, `${before}x`);
    const report = await ask();
    writeFileSync(sums, before);
    expect(report).toMatchObject({ status: 'undone', error: { code: 'ARTIFACT_CORRUPT', exitCode: 4 } });
    expect(await all()).toEqual(['later', 'later']);
    expect(await asideNames()).toEqual([]);
    expect(phase()).toBe('migrated');
    expect(readdirSync(join(home(), 'pins'))).toEqual([]);
  });

  it('opens what is live again when the exchange itself fails', async () => {
    const sql = framedPsql(task.port);
    const failing: UseCaseDeps['sql'] = {
      run: async (target, script, options) => {
        if (/rename to/.test(script)) throw new DbctlError('SQL_FAILED', 'no', { value: 'SQLSTATE 55006' });
        return await sql.run(target, script, options);
      },
    };
    const report = await ask({}, { sql: failing });
    expect(report).toMatchObject({ status: 'undone', error: { code: 'SQL_FAILED' } });
    expect(await all()).toEqual(['later', 'later']);
    expect(await asideNames()).toEqual([]);
  });

  it('asks before it looks at anything else, and a "no" changes nothing', async () => {
    const no = () => Promise.reject(new DbctlError('CONFIRMATION_DECLINED', 'no'));
    await expect(ask({ confirm: no })).rejects.toMatchObject({ code: 'CONFIRMATION_DECLINED' });
    expect(phase()).toBe('migrated');
    expect(await all()).toEqual(['later', 'later']);
  });

  it('brings back a database that somebody dropped, when told that there is nothing to back up', async () => {
    const [, second] = DATABASES;
    await server.psql(`drop database ${sqlIdent(second)} with (force);`);
    const refused = await ask({ safety: true });
    expect(refused).toMatchObject({ status: 'undone', error: { code: 'TARGET_UNREADABLE', exitCode: 3 } });
    const report = await ask();
    expect(report.error).toBeUndefined();
    expect(await all()).toEqual(['backed up', 'backed up']);
    expect(report.kept).toHaveLength(1);
  });

  it('backs up first what is live, pinned, and removes nothing by it', async () => {
    const report = await ask({ safety: true });
    expect(report.error).toBeUndefined();
    expect(report.safety).toMatch(/^\d{6}-\d{8}T\d{6}Z$/);
    expect(readdirSync(join(home(), 'pins'))).toEqual([report.safety]);
    expect(readdirSync(join(home(), 'sets')).sort()).toEqual([set.id, report.safety].sort());
    expect(await all()).toEqual(['backed up', 'backed up']);
    // The catalog is the program's own by now.
    expect((await ask({ from: report.safety })).error).toBeUndefined();
    expect(await all()).toEqual(['later', 'later']);
    rmSync(join(home(), 'sets', report.safety ?? ''), { recursive: true });
  });

  it('comes from an encrypted copy elsewhere, and no credential or key stays behind', {
    timeout: 300_000,
  }, async () => {
    const store = join(task.backups, 'store');
    const key = join(task.secrets, 'key');
    const tools = join(task.backups, '.tools', toolsPin(TOOLS));
    for (const dir of [store, join(tools, '..'), tools]) mkdirAsPostgres(dir);
    for (const name of ['rclone', 'age'] as const) copyFileSync(toolBinary(name), join(tools, name));
    const sums = await runAsPostgres('sh', ['-c', 'cd "$1" && sha256sum rclone age >SHA256SUMS', 'sh', tools]);
    expect(sums.code, sums.stderr).toBe(0);
    const keygen = join(task.backups, 'age-keygen');
    copyFileSync(toolBinary('age-keygen'), keygen);
    await runAsPostgres(keygen, ['-o', key]);
    const recipient = /age1\S+/.exec(readFileSync(key, 'utf8'))?.[0] ?? '';
    writeAsPostgres(join(task.secrets, 'rclone.conf'), '[offsite1]\ntype = local\n');
    const sent = await runStep({
      ...{ cluster: server, database: 'postgres', name: 'send', script: 'backup.sh' },
      env: {
        ...{ KIND: 'manual', CONFIG: '/dev/null', SERVICE, SERVICE_DIR: home(), DATABASES: '2', KEEP_LAST: '99' },
        ...Object.fromEntries(
          DATABASES.flatMap((name, at) => [
            [`DATABASE_${at + 1}`, name],
            [`FOLDER_${at + 1}`, fileName(name)],
          ]),
        ),
        ...{ OFFSITE: '1', OFFSITE_1_NAME: 'away', OFFSITE_1_REMOTE: `offsite1:${store}`, OFFSITE_1_PRUNE: '0' },
        ...{ AGE_RECIPIENTS: recipient, TOOLS: tools, RCLONE_CONFIG: join(task.secrets, 'rclone.conf') },
        NOMAD_ALLOC_DIR: task.alloc,
      },
    });
    expect(sent.code, sent.stdout).toBe(0);
    for (const name of DATABASES)
      await server.psql(`truncate notes; insert into notes (what) values ('newest');`, { database: name });
    const vault = fakeVault();
    await vault.write('secret', 'postgres/offsite/away', { copy_links: new Secret('true') }, 0);
    const inventory = { ...deps().inventory };
    const services = inventory.services.map((one) => ({
      ...one,
      backup: {
        ...one.backup,
        tools: TOOLS,
        offsite: [
          {
            ...{ name: 'away', options: { type: 'local' }, remotePath: store, prune: false },
            ...{ secret: 'x', read: 'postgres/offsite/away' },
          },
        ],
      },
    }));
    const ports = { vault, inventory: { ...inventory, services } };
    const without = await ask({ offsite: 'away' }, ports);
    expect(without).toMatchObject({ status: 'undone', error: { code: 'AGE_KEY_WRONG' } });
    expect(await all()).toEqual(['newest', 'newest']);
    const report = await ask({ offsite: 'away', identity: new Secret(readFileSync(key, 'utf8')) }, ports);
    expect(report.error).toBeUndefined();
    expect(report).toMatchObject({ status: 'ok', set: { from: 'away' }, evidence: { match: true } });
    expect(await all()).toEqual(['later', 'later']);
    expect(readdirSync(task.secrets).sort()).toEqual(['key', 'rclone.conf']);
    expect(existsSync(join(home(), 'restores'))).toBe(false);
  });

  it('refuses a backup that is not there', async () => {
    catalog([]);
    await expect(ask()).rejects.toMatchObject({ code: 'BACKUP_NOT_FOUND' });
    catalog([{ ...set, id: '000009-20261128T023000Z', counter: 9, pinned: false, receipts: [] }]);
    expect(await ask()).toMatchObject({ status: 'undone', error: { code: 'BACKUP_NOT_FOUND' } });
    expect(await all()).toEqual(['later', 'later']);
  });
});
