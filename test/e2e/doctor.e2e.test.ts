import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { framedPsql } from '../../src/adapters/framed-psql.js';
import { nomadAdapter } from '../../src/adapters/nomad/index.js';
import { runningAlloc } from '../../src/pipeline/live.js';
import type { DoctorCheck, DoctorReport } from '../../src/report/doctor-report.js';
import { until } from './data-volume.js';
import { expectOk, explain } from './expectations.js';
import { LabWorld, type Run } from './lab-world.js';

let world: LabWorld;

beforeAll(async () => {
  world = await LabWorld.up('e2e-doctor', { scale: 1 });
});
afterAll(() => world?.down());

const reportOf = (run: Run): DoctorReport => {
  expect([0, 2, 4], explain(run)).toContain(run.code);
  return JSON.parse(run.stdout) as DoctorReport;
};
const examine = async (...args: string[]): Promise<DoctorReport> =>
  reportOf(await world.dbctl('doctor', '--json', ...args));
const unwell = ({ checks }: DoctorReport): string[] =>
  checks
    .filter(({ status }) => status !== 'ok')
    .map(({ id, text, findings }) => `${id}: ${text}${findings.map(({ evidence }) => evidence).join('; ')}`);
const first = ({ checks }: DoctorReport): DoctorCheck | undefined => checks.find(({ status }) => status !== 'ok');

/** Breaks something, sees it named first with a fix that says so, mends it, and sees everything well. */
async function broken(
  id: string,
  fix: RegExp,
  breakIt: () => Promise<unknown>,
  mendIt: () => Promise<unknown>,
): Promise<void> {
  await breakIt();
  try {
    const report = await until(
      () => examine(),
      (seen) => first(seen)?.id === id,
      `${id} named first`,
      60_000,
    );
    const found = first(report)?.findings[0];
    expect(found?.evidence.length).toBeGreaterThan(10);
    expect(found?.fix).toMatch(fix);
  } finally {
    await mendIt();
  }
  await until(
    () => examine(),
    (seen) => unwell(seen).length === 0,
    `all is well after ${id}`,
    120_000,
  );
}

async function sql(statement: string, database = 'postgres'): Promise<unknown[]> {
  const nomad = nomadAdapter({ address: world.lab.nomadAddr });
  const { ID: allocId } = await runningAlloc({ nomad }, 'postgresql', 'postgres');
  return await framedPsql(nomad).run({ allocId, task: 'postgres', database }, `${statement}\n`);
}

const vault = async (method: string, path: string, body?: unknown): Promise<unknown> => {
  const response = await fetch(`${world.lab.vaultAddr}/v1/${path}`, {
    method,
    headers: { 'X-Vault-Token': world.lab.vaultToken.reveal() },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
};

const inventoryPath = (): string => join(world.lab.home, 'dbctl.yaml');

describe('doctor', () => {
  it('misses whoever backs up the shared instance in a fresh lab, and finds nothing else', async () => {
    const report = await examine();
    expect(unwell(report).map((line) => line.split(':')[0])).toEqual(['backup-unseen']);
    expect(report.exitCode).toBe(4);
  });

  it('is all green in a healthy lab, within seconds', async () => {
    expect((await world.dbctl('backup', 'deploy-shared', '--yes', '--json')).code).toBe(0);
    await world.dbctl('backup-all', '--json');
    const report = await until(
      () => examine(),
      (seen) => unwell(seen).length === 0,
      'all green',
      120_000,
    );
    expect(unwell(report)).toEqual([]);
    expect(report).toMatchObject({ status: 'ok', exitCode: 0 });
    // 2.4 to 3.3 s by itself; other tests share the machine.
    expect(report.seconds).toBeLessThan(30);
    const shown = await world.dbctl('doctor');
    expect(shown.stdout).toMatch(/\[ ok \] {2}nomad/);
    expect(shown.stdout).not.toMatch(/fail|warn/);
  });

  it('names a missing policy of tasks', async () => {
    const { data } = (await vault('GET', 'sys/policies/acl/nomad-workloads')) as { data: { policy: string } };
    await broken(
      'workload-policy',
      /dbctl policy workload/,
      () => vault('DELETE', 'sys/policies/acl/nomad-workloads'),
      () => vault('PUT', 'sys/policies/acl/nomad-workloads', { policy: data.policy }),
    );
  });

  it('names a password that the role does not have', async () => {
    const [row] = (await sql(
      "select json_build_object('v', rolpassword) from pg_authid where rolname = 'speedtest';",
    )) as { v: string }[];
    await broken(
      'secret-mismatch',
      /vault kv patch/,
      () => sql("alter role speedtest password 'another-one';"),
      () => sql(`alter role speedtest password '${row?.v ?? ''}';`),
    );
  });

  it('names a role that may not log in', () =>
    broken(
      'role-missing',
      /alter role "speedtest" login/,
      () => sql('alter role speedtest nologin;'),
      () => sql('alter role speedtest login;'),
    ));

  it('names a database that was closed', () =>
    broken(
      'database-closed',
      /connection limit -1/,
      () => sql('alter database speedtest connection limit 0;'),
      () => sql('alter database speedtest connection limit -1;'),
    ));

  it('names a deleted secret', () =>
    broken(
      'secret-deleted',
      /vault kv undelete/,
      () => vault('DELETE', 'secret/data/postgres/speedtest'),
      async () => {
        const { data } = (await vault('GET', 'secret/metadata/postgres/speedtest')) as {
          data: { current_version: number };
        };
        await vault('PUT', 'secret/undelete/postgres/speedtest', { versions: [data.current_version] });
      },
    ));

  it('names a jobspec in git that says something else than what runs', async () => {
    const text = await world.jobspecText();
    await broken(
      'jobspec-drift',
      /nomad job plan/,
      () => writeFile(world.jobspec, text.replace('cpu    = 200', 'cpu    = 250')),
      () => writeFile(world.jobspec, text),
    );
  });

  it('names a port that two claim', async () => {
    const text = await readFile(inventoryPath(), 'utf8');
    const [row] = (await sql("select json_build_object('port', current_setting('port'));")) as { port: string }[];
    await broken(
      'port-clash',
      /services\.speedtest\.port/,
      () =>
        writeFile(
          inventoryPath(),
          text.replace('app: speedtest-tracker,', `app: speedtest-tracker, port: ${row?.port ?? ''},`),
        ),
      () => writeFile(inventoryPath(), text),
    );
  });

  it('names a prepared pg_hba line that lets everybody in', () =>
    broken(
      'password-asked',
      /scram-sha-256/,
      () => hba('host all nobody 127.0.0.9/32 trust'),
      () => hba(null),
    ));

  it('names a stopped shared instance, and repeats nothing for what needs it', async () => {
    const job = await world.nomad<Record<string, unknown>>('/v1/job/postgresql');
    await world.nomad('/v1/jobs', { method: 'POST', body: JSON.stringify({ Job: { ...job, Stop: true } }) });
    try {
      const report = await until(
        () => examine(),
        (seen) => first(seen)?.id === 'shared-job',
        'shared-job first',
        60_000,
      );
      expect(report.checks.find(({ id }) => id === 'shared-answers')).toMatchObject({ status: 'skipped' });
      expect(report.exitCode).toBe(4);
    } finally {
      await world.nomad('/v1/jobs', { method: 'POST', body: JSON.stringify({ Job: { ...job, Stop: false } }) });
    }
    await until(
      () => examine(),
      (seen) => unwell(seen).length === 0,
      'all is well again',
      180_000,
    );
  });

  it('names an old database of a moved service that takes connections, and closes it', async () => {
    expectOk(await world.move('migrate', '--no-rehearse'));
    const [row] = (await sql(
      "select json_build_object('name', datname) from pg_database where datname like 'speedtest\\_\\_%';",
    )) as { name: string }[];
    await until(
      () => examine(),
      (seen) => unwell(seen).length === 0,
      'all is well after the move',
      180_000,
    );
    await sql(`alter database "${row?.name ?? ''}" allow_connections true;`);
    expect(first(await examine())?.id).toBe('tombstone-open');
    const mended = await examine('--fix', '--yes');
    expect(mended.repairs).toMatchObject([{ check: 'tombstone-open', status: 'done' }]);
    expect(unwell(mended)).toEqual([]);
  });

  it('names an empty database of the old name that somebody made again', () =>
    broken(
      'init-block-left',
      /dbctl finalize speedtest/,
      () => sql('create database speedtest;'),
      () => sql('drop database speedtest;'),
    ));

  it('names a sealed Vault, and says nothing of secrets that follows from it', async () => {
    await vault('PUT', 'sys/seal');
    const report = await examine();
    expect(first(report)?.id).toBe('vault-sealed');
    expect(report.checks.find(({ id }) => id === 'secret-mismatch')).toMatchObject({ status: 'skipped' });
  });
});

/** Adds a line to pg_hba.conf, or takes those that were added out again. */
const hba = (line: string | null): Promise<unknown> =>
  sql(`
\\setenv LINE '${line ?? ''}'
\\! sed -i '/127.0.0.9/d' "\${PGDATA:-/var/lib/postgresql/data/pgdata}/pg_hba.conf"; if [ -n "$LINE" ]; then echo "$LINE" >>"\${PGDATA:-/var/lib/postgresql/data/pgdata}/pg_hba.conf"; fi
select json_build_object('reloaded', pg_reload_conf());`);
