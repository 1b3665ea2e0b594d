import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/adapters/clock.js';
import { framedPsql } from '../../src/adapters/framed-psql.js';
import { DbctlError } from '../../src/errors/dbctl-error.js';
import { parseInventory } from '../../src/inventory/parse.js';
import type { DrillSettings } from '../../src/inventory/types.js';
import { newJournal } from '../../src/pipeline/journal.js';
import { journalPath } from '../../src/pipeline/journal-store.js';
import { majorOf } from '../../src/plan/image.js';
import type { DatabasePart } from '../../src/plan/types.js';
import type { NomadJob, NomadPort } from '../../src/ports/nomad.js';
import type { BackupManifest } from '../../src/report/backup-catalog.js';
import type { DrillReport, DrillsReport } from '../../src/report/drill-report.js';
import { sqlIdent } from '../../src/shared/quote.js';
import { Secret } from '../../src/shared/secret.js';
import type { UseCaseDeps } from '../../src/usecases/deps.js';
import { drill } from '../../src/usecases/drill.js';
import { textsFor } from '../../src/usecases/run-texts.js';
import { fakeFiles } from '../fakes/fake-files.js';
import { fakeVault } from '../fakes/fake-vault.js';
import { samplePart } from '../render/sample-part.js';
import { makeSet } from '../support/backup-set.js';
import { requireDocument } from '../support/json-documents.js';
import { type LocalTask, localTask } from '../support/local-task.js';
import { mkdirAsPostgres, startCluster, type TestCluster, writeAsPostgres } from '../support/postgres.js';

const SERVICE = 'speedtest';
const DATABASE = 'app one';
const ROLE = 'own "er';
const RUN = '20261120-211530-ab12';

describe('a drill with two real servers', () => {
  let live: TestCluster;
  let thrown: TestCluster;
  let task: LocalTask;
  let away: LocalTask;
  let port: NomadPort;
  let set: BackupManifest;
  const settings: { drill: Partial<DrillSettings> } = { drill: {} };
  const files = fakeFiles();

  beforeAll(async () => {
    [live, thrown] = await Promise.all([startCluster({ fresh: true }), startCluster({ fresh: true })]);
    task = localTask(live, systemClock());
    away = localTask(thrown, systemClock(), { nomad: task.nomad, backups: task.backups });
    port = twoTasks();
    await live.psql(
      `create role ${sqlIdent(ROLE)} login; create database ${sqlIdent(DATABASE)} owner ${sqlIdent(ROLE)};`,
    );
    await live.psql(
      `create table notes (id serial primary key, what text); insert into notes (what) select 'row ' || n from generate_series(1, 500) n; alter table notes owner to ${sqlIdent(ROLE)};`,
      { database: DATABASE },
    );
    const home = join(task.backups, SERVICE);
    set = await makeSet({ cluster: live, home, service: SERVICE, databases: [DATABASE], counter: 3 });
    const globals = (
      await live.psql(`select 'create role ' || quote_ident(rolname) || ';' from pg_roles where rolname !~ '^pg_'`)
    ).stdout;
    writeAsPostgres(join(home, 'sets', set.id, 'globals.sql'), globals);
    catalog();
    await task.nomad.port.registerJob(jobOf(SERVICE, ['postgres', 'db-backup', 'app']), { enforceIndex: 0 });
  });
  afterAll(async () => {
    await Promise.all([live.stop(), thrown.stop()]);
    task.remove();
    away.remove();
  });

  /** As it was before any drill. */
  const catalog = (): void => {
    const dir = join(task.alloc, 'dbctl', 'backups');
    mkdirAsPostgres(dir);
    const about = { service: SERVICE, written: '', schedule: null, zone: null, problem: null };
    const sets = [{ ...set, pinned: false, receipts: [] }];
    const text = JSON.stringify({ schema: 'dbctl.catalog/1', ...about, sets, attempts: [] });
    writeAsPostgres(join(dir, 'catalog.json'), text);
  };

  const jobOf = (ID: string, tasks: readonly string[]): NomadJob => ({
    ID,
    TaskGroups: [{ Name: 'g', Tasks: tasks.map((Name) => ({ Name, Driver: 'exec' })) }],
  });

  /** Commands go to the server of their allocation's job. */
  const twoTasks = (): NomadPort => {
    const of = (allocId: string): LocalTask =>
      task.nomad.allocs.all.get(allocId)?.JobID.startsWith('dbctl-drill-') ? away : task;
    return {
      ...task.port,
      exec: (request) => of(request.allocId).port.exec(request),
      readFile: (allocId, path) => of(allocId).port.readFile(allocId, path),
      listFiles: (allocId, path) => of(allocId).port.listFiles(allocId, path),
      parseJob: async ({ Source }) => {
        const id = /^job "([^"]+)"/m.exec(Source)?.[1] ?? '';
        // The server that the job would start answers on its port.
        const listens = /PGPORT\s+= "(\d+)"/.exec(Source)?.[1] ?? '';
        symlinkSync(join(thrown.socket, `.s.PGSQL.${thrown.port}`), join(thrown.socket, `.s.PGSQL.${listens}`));
        return jobOf(id, ['postgres', 'db-backup', 'db-init']);
      },
      registerJob: async (job, options) => {
        const answer = await task.nomad.port.registerJob(job, options);
        await thrown.psql(`drop database if exists ${sqlIdent(DATABASE)} with (force);`);
        await thrown.psql(`create database ${sqlIdent(DATABASE)};`);
        for (const alloc of await task.nomad.port.allocations(job.ID))
          task.nomad.allocs.setTask(alloc.ID, 'db-init', { State: 'dead', Failed: false });
        return answer;
      },
    };
  };

  beforeEach(() => {
    settings.drill = {};
    task.nomad.variables.entries.clear();
    const target = {
      ...samplePart(),
      ...{ service: SERVICE, job: SERVICE, port: live.port, role: ROLE, major: majorOf(set.server.version) },
      databases: [{ name: DATABASE, encoding: 'UTF8', collate: 'C', ctype: 'C' }],
    } as DatabasePart;
    const plan = { service: SERVICE, target, node: { id: 'node-1' }, owner: { uid: 1, gid: 1 } };
    const texts = textsFor({ run: RUN, home: '/home', plan, artifacts: { path: '/x' } } as never);
    const journal = { ...newJournal(SERVICE, RUN, new Date(0)), phase: 'migrated' };
    task.nomad.variables.entries.set(journalPath(SERVICE), {
      items: { journal: JSON.stringify(journal), texts },
      modifyIndex: 1,
      held: undefined,
    });
  });

  const run = async (signal?: AbortSignal, more?: Partial<NomadPort>): Promise<DrillReport> =>
    (await runAll(false, signal, more)).drills[0] ?? expect.fail('no report');

  const runAll = async (
    due: boolean,
    signal = new AbortController().signal,
    more: Partial<NomadPort> = {},
  ): Promise<DrillsReport> => {
    const inventory = parseInventory(
      `version: 1\ndefaults: { driver: exec }\nservices:\n  ${SERVICE}: { app: db-parts, jobspec: b.hcl }\n`,
      'd.yaml',
    );
    const services = inventory.services.map((one) => ({ ...one, drill: { ...one.drill, ...settings.drill } }));
    const nomad = { ...port, ...more };
    const deps: UseCaseDeps = {
      inventory: { ...inventory, services },
      ...{
        home: '/home',
        nomad,
        consul: null,
        vault: fakeVault(),
        sql: framedPsql(nomad),
        files,
        clock: systemClock(),
      },
      newSecret: () => new Secret('x'),
      randomBytes,
      signal,
      reporter: { emit: () => undefined, settled: () => Promise.resolve() },
      hcl: () => Promise.reject(new DbctlError('JOBSPEC_UNSUPPORTED', 'no grammar in this test')),
      store: { stateDir: '/state', process: { pid: 1, isAlive: () => false } },
    };
    const report = await drill(deps, SERVICE, { local: true, offsite: null, from: null, identity: null, due });
    requireDocument(JSON.parse(JSON.stringify(report)));
    return report;
  };

  const left = async (): Promise<string[]> => [
    ...(await task.nomad.port.listJobs()).map(({ ID }) => ID).filter((id) => id !== SERVICE),
    ...(await task.nomad.port.hostVolumes()).map(({ Name }) => Name),
  ];
  const history = (): { status: string; codes: string[] }[] =>
    readFileSync(join(task.backups, SERVICE, 'drills.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));

  it('restores the backup, compares it, looks page by page, asks the assertions, and throws it all away', async () => {
    settings.drill = { rtoSeconds: 600, assertions: [{ sql: 'select count(*) from notes', expect: '500' }] };
    const report = await run();
    expect(report.error).toBeUndefined();
    expect(report).toMatchObject({ status: 'ok', findings: [], evidence: { match: true }, set: { id: set.id } });
    expect(report.parts.map(({ id }) => id)).toEqual(['start', 'fetch', 'restore', 'verify', 'check']);
    expect(report.rtoSeconds).toBeGreaterThan(0);
    expect(report.checks.join()).toContain('select count(*) from notes: 500');
    expect(await left()).toEqual([]);
    expect(history().at(-1)).toMatchObject({ status: 'ok', codes: [] });
    expect([...files.texts.keys()].some((path) => /drills\/[^/]+\/drill\.json$/.test(path))).toBe(true);
    expect((await live.psql('select count(*) from notes', { database: DATABASE })).stdout.trim()).toBe('500');
  });

  it('waits for its turn by the schedule, which the history on the volume tells', async () => {
    settings.drill = { schedule: '0 4 1 1 *' };
    rmSync(join(task.backups, SERVICE, 'drills.jsonl'), { force: true });
    catalog();
    expect(await runAll(true)).toMatchObject({ drills: [{ status: 'ok' }], waiting: [] });
    const next = expect.stringMatching(/^\d{4}-01-01T04:00:00/);
    const again = await runAll(true);
    expect(again).toMatchObject({ status: 'ok', drills: [], waiting: [{ service: SERVICE, next }] });
  });

  it('tells a failed assertion, an old and a slow one apart, the worst first', async () => {
    settings.drill = {
      ...{ rtoSeconds: 0, maxAgeSeconds: -1 },
      assertions: [
        { sql: 'select count(*) from notes;', expect: '501' },
        { sql: 'delete from notes returning 1', expect: '1' },
      ],
    };
    const report = await run();
    expect(report).toMatchObject({ status: 'failed' });
    expect(report.error).toBeUndefined();
    expect(report.findings.map(({ code }) => code)).toEqual([
      'DRILL_CORRUPT',
      'DRILL_CORRUPT',
      'DRILL_STALE',
      'DRILL_SLOW',
    ]);
    expect(report.findings[0]?.details).toEqual(['expected 501, saw 500']);
    expect(history().at(-1)).toMatchObject({ status: 'failed' });
  });

  it('finds a flipped bit, and a backup without its roles', async () => {
    const folder = join(task.backups, SERVICE, 'sets', set.id);
    const dump = join(folder, set.databases[0]?.folder ?? '', 'dump');
    const [name = ''] = readdirSync(dump).filter((file) => file.endsWith('.dat'));
    const whole = readFileSync(join(dump, name));
    const flipped = Buffer.from(whole);
    flipped[10] = (flipped[10] ?? 0) ^ 1;
    writeFileSync(join(dump, name), flipped);
    expect(await run()).toMatchObject({ status: 'failed', findings: [{ code: 'DRILL_CORRUPT' }], rtoSeconds: null });
    writeFileSync(join(dump, name), whole);
    renameSync(join(folder, 'globals.sql'), join(folder, 'away'));
    expect(await run()).toMatchObject({ status: 'failed', findings: [{ code: 'DRILL_INCOMPLETE' }] });
    renameSync(join(folder, 'away'), join(folder, 'globals.sql'));
    expect(await left()).toEqual([]);
  });

  it('keeps the set from retention while it reads it, and lets go what a killed one held', async () => {
    const pin = join(task.backups, SERVICE, 'pins', set.id);
    const seen: string[] = [];
    const look: NomadPort['listFiles'] = (allocId, path) => {
      if (existsSync(pin)) seen.push(readFileSync(pin, 'utf8'));
      return port.listFiles(allocId, path);
    };
    const report = await run(undefined, { listFiles: look });
    expect(report).toMatchObject({ status: 'ok', notes: [] });
    expect(new Set(seen)).toEqual(new Set([`run ${report.run}\n`]));
    expect(existsSync(pin)).toBe(false);
    writeAsPostgres(pin, 'pin\nrun killed\n');
    const journal = {
      ...newJournal(SERVICE, 'killed', new Date(0)),
      facts: { heldSets: [{ home: `/backups/${SERVICE}`, id: set.id }] },
    };
    const variable = { items: { journal: JSON.stringify(journal) }, modifyIndex: 1, held: undefined };
    task.nomad.variables.entries.set(journalPath(`${SERVICE}~drill`), variable);
    expect(await run()).toMatchObject({ status: 'ok', notes: [] });
    expect(readFileSync(pin, 'utf8')).toBe('pin\n');
  });

  it('leaves nothing behind when it is interrupted, and clears what a killed one left', async () => {
    const abort = new AbortController();
    const report = await run(abort.signal, {
      listFiles: async (allocId, path) => {
        abort.abort(new DbctlError('INTERRUPTED', 'Ctrl-C'));
        return await port.listFiles(allocId, path);
      },
    });
    expect(report).toMatchObject({ status: 'error', error: { code: 'INTERRUPTED' } });
    expect(await left()).toEqual([]);
    const dead = `dbctl-drill-${SERVICE}-20261127-023000-cd34`;
    await task.nomad.port.registerJob(jobOf(dead, ['postgres']), { enforceIndex: 0 });
    await task.nomad.port.createHostVolume({ name: dead, nodeId: 'node-1', parameters: {}, accessModes: [] });
    const next = await run();
    expect(next).toMatchObject({ status: 'ok', notes: [expect.stringContaining(dead)] });
    expect(await left()).toEqual([]);
  });
});
