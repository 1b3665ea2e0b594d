import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/adapters/clock.js';
import { framedPsql } from '../../../src/adapters/framed-psql.js';
import { parseInventory } from '../../../src/inventory/parse.js';
import { type Journal, newJournal } from '../../../src/pipeline/journal.js';
import type { JournalHandle } from '../../../src/pipeline/journal-store.js';
import type { ProvisionContext } from '../../../src/pipeline/provision/context.js';
import { adoptStep } from '../../../src/pipeline/provision/fill/adopt.js';
import { compareStep } from '../../../src/pipeline/provision/fill/compare.js';
import { importStep } from '../../../src/pipeline/provision/fill/import.js';
import { rolesStep } from '../../../src/pipeline/provision/fill/roles.js';
import { releaseStep, takeStep } from '../../../src/pipeline/provision/fill/take.js';
import { type PipelineResult, runSteps } from '../../../src/pipeline/run.js';
import type { BackupManifest } from '../../../src/report/backup-catalog.js';
import { sqlIdent, sqlLiteral } from '../../../src/shared/quote.js';
import { Secret } from '../../../src/shared/secret.js';
import { fakeFiles } from '../../fakes/fake-files.js';
import { fakeVault } from '../../fakes/fake-vault.js';
import { type LocalTask, localTask } from '../../support/local-task.js';
import { runAsPostgres, startCluster, type TestCluster } from '../../support/postgres.js';
import { runStep } from '../../support/toolbox.js';

const FROM = 'speedtest';
const AS = 'copy';
const OLD = { database: `app "db' \\ x=1`, role: `ro"le'x`, reader: 'read "er' };
const NEW = { database: `co'py "db`, role: `new "own'er` };
const PASSWORD = 'made-for-the-new-one';

describe('a new server that is filled from a backup of another', () => {
  let live: TestCluster;
  let fresh: TestCluster;
  let task: LocalTask;
  let set: BackupManifest;
  let run = '';
  let runs = 0;

  beforeAll(async () => {
    [live, fresh] = await Promise.all([startCluster({ fresh: true }), startCluster({ fresh: true })]);
    task = localTask(fresh, systemClock());
    await makeLive();
    set = await backedUp();
    const Tasks = ['postgres', 'db-backup'].map((Name) => ({ Name, Driver: 'exec' }));
    await task.port.registerJob({ ID: AS, TaskGroups: [{ Name: AS, Tasks }] }, { enforceIndex: 0 });
  });
  afterAll(async () => {
    await Promise.all([live.stop(), fresh.stop()]);
    task.remove();
  });

  /** Everything that a role can have: objects, rights, default rights, memberships, settings, policies. */
  const makeLive = async (): Promise<void> => {
    const [role, reader, database] = [OLD.role, OLD.reader, OLD.database].map(sqlIdent);
    await live.psql(`create role ${role} login password 'old' connection limit 7; create role ${reader} login password 'reads';
create role "group"; grant "group" to ${role}; alter role ${role} set statement_timeout = '11s';
create database ${database} owner ${role} connection limit 12 template template0 lc_collate 'C' lc_ctype 'C';
grant connect on database ${database} to ${reader}; revoke temporary on database ${database} from public;
comment on database ${database} is 'it''s mine';
alter database ${database} set default_transaction_read_only = on; alter role ${role} in database ${database} set work_mem = '9MB';`);
    const sql = `set default_transaction_read_only = off; create extension pgcrypto; create schema "a b" authorization ${role};
set role ${role};
create table "a b".notes (id serial primary key, what text, secret bytea);
insert into "a b".notes (what) select 'row ' || n from generate_series(1, 500) n;
grant select on "a b".notes to ${reader}; grant usage on schema "a b" to ${reader};
alter default privileges in schema "a b" grant select on tables to ${reader};
alter table "a b".notes enable row level security; create policy mine on "a b".notes to ${role} using (true);
create function "a b".who() returns name language sql security definer as 'select current_user';
select lo_from_bytea(0, 'large');`;
    await live.psql(sql, { database: OLD.database });
  };

  const home = (): string => join(task.backups, FROM);

  /** By backup.sh itself, so with the roles. */
  const backedUp = async (): Promise<BackupManifest> => {
    await runAsPostgres('mkdir', ['-p', home()]);
    const made = await runStep({
      ...{ cluster: live, database: 'postgres', name: 'set', script: 'backup.sh' },
      env: {
        ...{ KIND: 'manual', CONFIG: '/dev/null', SERVICE: FROM, SERVICE_DIR: home(), KEEP_LAST: '9', OFFSITE: '0' },
        ...{ DATABASES: '1', DATABASE_1: OLD.database, FOLDER_1: 'db', NOMAD_ALLOC_DIR: task.alloc },
      },
    });
    expect(made.code, made.stdout).toBe(0);
    const [id = ''] = readdirSync(join(home(), 'sets'));
    return JSON.parse(readFileSync(join(home(), 'sets', id, 'manifest.json'), 'utf8')) as BackupManifest;
  };

  /** As the server's first start leaves it. */
  beforeEach(async () => {
    runs += 1;
    run = `20261128-2115${String(runs).padStart(2, '0')}-ab12`;
    await fresh.psql('drop schema if exists dbctl cascade;');
    const names = (await fresh.json(
      `select to_json(datname) from pg_database where datname not like 'template%' and datname <> 'postgres'`,
    )) as string[];
    for (const name of names) await fresh.psql(`drop database ${sqlIdent(name)} with (force);`);
    const roles = (await fresh.json(
      `select to_json(rolname) from pg_roles where oid <> 10 and rolname !~ '^pg_'`,
    )) as string[];
    for (const name of roles) await fresh.psql(`drop role ${sqlIdent(name)};`);
    await fresh.psql(`create role ${sqlIdent(NEW.role)} login password 'first';`);
    await fresh.psql(`create database ${sqlIdent(NEW.database)} owner ${sqlIdent(NEW.role)};`);
  });

  const journalOf = (): JournalHandle => {
    let current: Journal = { ...newJournal(AS, run, new Date(0)), phase: 'provisioning' };
    return {
      get current() {
        return current;
      },
      texts: undefined,
      save: async (next) => {
        current = next;
      },
      fact: <T>(key: string) => current.facts[key] as T | undefined,
      record: async (key, value) => {
        current = { ...current, facts: { ...current.facts, [key]: JSON.parse(JSON.stringify(value)) } };
      },
    } as JournalHandle;
  };

  const files = fakeFiles();
  const context = async (more: { role?: string; journal?: JournalHandle } = {}): Promise<ProvisionContext> => {
    const inventory = parseInventory(
      `version: 1\ndefaults: { driver: exec }\nservices:\n  ${FROM}: { app: db-parts, jobspec: b.hcl }\n  ${AS}: { app: db-parts, jobspec: c.hcl }\n`,
      'dbctl.yaml',
    );
    const [source, service] = inventory.services;
    const vault = fakeVault();
    await vault.write('secret', `postgres/${AS}`, { password: new Secret(PASSWORD) }, 0);
    const names = { from: OLD.database, to: NEW.database };
    const target = {
      ...{
        service: AS,
        job: AS,
        task: 'postgres',
        toolbox: 'db-backup',
        port: fresh.port,
        role: more.role ?? NEW.role,
      },
      databases: [{ name: NEW.database, encoding: 'UTF8', collate: 'C', ctype: 'C' }],
      resources: { postgres: { cpu: 100, memory: 512 } },
    };
    const major = Math.floor(set.server.version / 10_000);
    const fill = {
      ...{ from: FROM, set: set.id, started: set.started, offsite: null, databases: [names], major },
      role: { from: OLD.role, to: target.role },
    };
    const chosen = { id: set.id, started: set.started, finished: set.finished, prefix: null, bytes: set.bytes };
    return {
      ...{ nomad: task.port, consul: null, vault, sql: framedPsql(task.port), files, clock: systemClock() },
      ...{ newSecret: () => new Secret('x'), randomBytes, signal: new AbortController().signal, run },
      ...{ service, journal: more.journal ?? journalOf(), resume: 'again', evidenceDir: '/evidence' },
      plan: { service: AS, target, fill },
      fill: { source, chosen, offsite: null, identity: null },
      ...{ progress: () => undefined, note: () => undefined },
    } as unknown as ProvisionContext;
  };

  const STEPS = [takeStep, rolesStep, importStep, compareStep, adoptStep, releaseStep];
  const filled = async (ctx: ProvisionContext, steps = STEPS): Promise<PipelineResult> =>
    await runSteps(steps, () => ctx, { emit: () => undefined });

  const login = (password: string) =>
    fresh.psql('select current_user || count(*) from "a b".notes', {
      ...{ database: NEW.database, user: NEW.role, password, tcp: true, check: false },
    });

  it('has every row, right and setting, under the new names, with the password of the new service', async () => {
    const ctx = await context();
    const result = await filled(ctx);
    expect(result.failed?.error).toBeUndefined();
    expect((await login(PASSWORD)).stdout.trim()).toBe(`${NEW.role}500`);
    expect((await login('old')).code).not.toBe(0);
    expect((await login('first')).code).not.toBe(0);
    const [database] = await fresh.json(
      `select json_build_object('owner', pg_get_userbyid(datdba), 'limit', datconnlimit, 'comment', shobj_description(oid, 'pg_database'), 'collate', datcollate,
 'settings', (select jsonb_agg(s.setconfig order by s.setrole) from pg_db_role_setting s where s.setdatabase = d.oid)) from pg_database d where datname = ${sqlLiteral(NEW.database)}`,
    );
    expect(database).toEqual({
      ...{ owner: NEW.role, limit: 12, comment: "it's mine", collate: 'C' },
      settings: [['default_transaction_read_only=on'], ['work_mem=9MB']],
    });
    const [role] = await fresh.json(
      `select json_build_object('limit', rolconnlimit, 'member', pg_has_role(oid, 'group', 'member'), 'set', rolconfig) from pg_roles where rolname = ${sqlLiteral(NEW.role)}`,
    );
    expect(role).toEqual({ limit: 7, member: true, set: ['statement_timeout=11s'] });
    const [inside] = await fresh.json(
      `select json_build_object('acl', relacl::text like '%' || quote_ident(${sqlLiteral(OLD.reader)}) || '=r/%' or relacl::text like '%=r/%', 'owner', pg_get_userbyid(relowner),
 'policy', (select pg_get_userbyid(polroles[1]) from pg_policy), 'default', (select pg_get_userbyid(defaclrole) from pg_default_acl)) from pg_class where relname = 'notes'`,
      { database: NEW.database },
    );
    expect(inside).toEqual({ acl: true, owner: NEW.role, policy: NEW.role, default: NEW.role });
    const old = await fresh.json(`select 1 from pg_roles where rolname = ${sqlLiteral(OLD.role)}`);
    expect(old).toEqual([]);
    expect(existsSync(join(home(), 'pins', set.id))).toBe(false);
    expect([...files.texts.keys()].some((path) => path.endsWith('/comparison.json'))).toBe(true);
  });

  it('takes every step twice without a change', async () => {
    const ctx = await context();
    for (const step of STEPS) {
      await step.run(ctx);
      if (step !== importStep) await step.run(ctx);
    }
    expect((await login(PASSWORD)).stdout.trim()).toBe(`${NEW.role}500`);
  });

  it('keeps the set from retention while it is at work, and lets it go when it is undone', async () => {
    const ctx = await context();
    await takeStep.run(ctx);
    expect(readFileSync(join(home(), 'pins', set.id), 'utf8')).toBe(`run ${run}\n`);
    await takeStep.undo?.(ctx);
    expect(existsSync(join(home(), 'pins', set.id))).toBe(false);
  });

  it('begins anew after a restore that was refused half way', async () => {
    const ctx = await context();
    await filled(ctx, [takeStep, rolesStep]);
    const dump = join(home(), 'sets', set.id, 'db', 'dump', 'database.dump');
    const whole = readFileSync(dump);
    const flipped = Buffer.from(whole);
    flipped[flipped.length - 9] = (flipped.at(-9) ?? 0) ^ 1;
    writeFileSync(dump, flipped);
    const damaged = await filled(ctx, [importStep]);
    writeFileSync(dump, whole);
    expect(damaged.failed?.error).toMatchObject({ code: 'ARTIFACT_CORRUPT' });
    const again = await filled(ctx);
    expect(again.failed?.error).toBeUndefined();
    expect((await login(PASSWORD)).stdout.trim()).toBe(`${NEW.role}500`);
  });

  it('refuses roles that are not those of the manifest', async () => {
    const ctx = await context();
    const path = join(home(), 'sets', set.id, 'globals.sql');
    const before = readFileSync(path, 'utf8');
    writeFileSync(path, `${before}\ncreate role intruder superuser;\n`);
    const result = await filled(ctx);
    writeFileSync(path, before);
    expect(createHash('sha256').update(before).digest('hex')).toBe(
      set.files.find((file) => file.path === 'globals.sql')?.sha256,
    );
    expect(result.failed?.error).toMatchObject({ code: 'ARTIFACT_CORRUPT' });
    expect(await fresh.json(`select 1 from pg_roles where rolname = 'intruder'`)).toEqual([]);
  });

  it('refuses a new name that another role of the backup has', async () => {
    await fresh.psql(`alter role ${sqlIdent(NEW.role)} rename to ${sqlIdent(OLD.reader)}`);
    const result = await filled(await context({ role: OLD.reader }));
    expect(result.failed?.error).toMatchObject({ code: 'PREFLIGHT_FAILED', value: OLD.reader });
  });

  it('never drops a database that holds something', async () => {
    await fresh.psql('create table kept (id int)', { database: NEW.database });
    const result = await filled(await context());
    expect(result.failed?.error).toMatchObject({ code: 'SQL_FAILED' });
    expect(
      await fresh.json(`select to_json(relname) from pg_class where relname = 'kept'`, { database: NEW.database }),
    ).toEqual(['kept']);
  });

  it('leaves a database alone that is marked for the app', async () => {
    const ctx = await context();
    await filled(ctx, [takeStep, rolesStep]);
    await fresh.psql(`update dbctl.marker set state = 'verified'`);
    const result = await filled(ctx, [importStep, compareStep, adoptStep]);
    expect(result.failed?.error).toMatchObject({ code: 'SQL_FAILED' });
    expect((await login(PASSWORD)).code).not.toBe(0);
  });
});
