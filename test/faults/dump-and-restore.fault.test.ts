import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { parseEvidence } from '../../src/engines/postgres/evidence.js';
import { restoreProblem } from '../../src/engines/postgres/restore-problem.js';
import { startCluster, type TestCluster, writeAsPostgres } from '../support/postgres.js';
import { dumpStep, restoreStep, runStep } from '../support/toolbox.js';
import { fault } from './fault.js';

let server: TestCluster;

beforeAll(async () => {
  server = await startCluster();
});

afterAll(async () => {
  await server?.stop();
});

/** As the release before would have written it. */
async function replaceAsPostgres(path: string, what: RegExp, by: string): Promise<void> {
  const text = await readFile(path, 'utf8');
  expect(text).toMatch(what);
  await writeFile(path, text.replace(what, by));
}

const relations = async (database: string): Promise<string> => {
  const count = "select count(*) from pg_class c where relnamespace = 'public'::regnamespace";
  return (await server.psql(count, { database })).stdout.trim();
};

fault(11, 'a dump is restored where the owner of a table does not exist', async () => {
  await server.createDatabase('owned');
  await server.psql(
    'create role passing; create table a (x int); create table b (x int); alter table b owner to passing',
    {
      database: 'owned',
    },
  );
  const { out } = await dumpStep(server, 'owned', { name: 'owned' });
  await server.psql('alter table b owner to postgres; drop role passing', { database: 'owned' });
  await server.createDatabase('copy');
  const restored = await restoreStep(server, 'copy', out, { name: 'copy' });
  expect(restored.code, restored.stdout).toBe(24);
  expect(restored.stdout, 'the same release takes the archive itself').not.toContain('as SQL text');
  expect(restoreProblem(restored.stdout.split('\n'))).toMatchObject({ error: 'role "passing" does not exist' });
  expect(await relations('copy')).toBe('0');
  await server.createDatabase('text');
  await replaceAsPostgres(join(out, 'manifest.json'), /"serverVersion" *: *\d+/, '"serverVersion" : 150001');
  const asText = await restoreStep(server, 'text', out, { name: 'text' });
  expect(asText.code, asText.stdout).toBe(24);
  expect(restoreProblem(asText.stdout.split('\n'))).toMatchObject({
    object: 'TABLE b',
    error: 'role "passing" does not exist',
  });
  expect(await relations('text')).toBe('0');
  return 'the restore stops at the first error (exit 4 RESTORE_FAILED naming table and role), as an archive and as text for another release; nothing of it stays';
});

fault(11, 'several sessions restore, and the data breaks a foreign key', async () => {
  await server.createDatabase('orphans');
  await server.psql(
    `create table p (a int primary key); create table c (a int references p);
set session_replication_role = replica; insert into c values (5)`,
    { database: 'orphans' },
  );
  const env = { SMALL_BYTES: '0', JOBS: '2' };
  const { out } = await dumpStep(server, 'orphans', { name: 'orphans', env });
  await server.createDatabase('orphans_copy');
  const restored = await restoreStep(server, 'orphans_copy', out, { name: 'orphans_copy', env });
  expect(restored.code, restored.stdout).toBe(24);
  expect(restoreProblem(restored.stdout.split('\n'))).toMatchObject({
    object: 'FK CONSTRAINT c c_a_fkey',
    detail: 'Key (a)=(5) is not present in table "p".',
  });
  expect(existsSync(join(restored.dir, 'results'))).toBe(false);
  return 'the restore stops (exit 4 RESTORE_FAILED naming constraint and key) and gives no evidence';
});

fault(27, 'row security is forced on a table, and the dump is taken by a role that may not pass it', async () => {
  await server.psql("create role narrow login password 'narrow secret'");
  await server.createDatabase('tenants', 'owner narrow');
  await server.psql(
    `set role narrow; create schema own; create table own.secret (id int, tenant text); insert into own.secret values (1, 'narrow'), (2, 'other');
alter table own.secret enable row level security; alter table own.secret force row level security;
create policy mine on own.secret using (tenant = current_user); reset role; grant set on parameter lc_messages to narrow`,
    { database: 'tenants' },
  );
  const passfile = join(server.scratch, 'narrow.pass');
  writeAsPostgres(passfile, '*:*:*:*:narrow secret\n', 0o600);
  const out = join(server.scratch, 'tenants-dump');
  const login = { PGHOST: '127.0.0.1', PGUSER: 'narrow', PGPASSFILE: passfile };
  const step = { cluster: server, database: 'tenants', script: 'dump.sh' };
  const narrow = await runStep({ ...step, name: 'narrow', env: { ...login, OUT: out } });
  expect(narrow.code, narrow.stdout).toBe(23);
  expect(narrow.stdout + narrow.stderr).toMatch(/row-level security/);
  expect(existsSync(out)).toBe(false);
  const whole = await dumpStep(server, 'tenants', { name: 'whole' });
  expect(parseEvidence(whole.file('evidence.jsonl')).tables).toEqual([
    expect.objectContaining({ name: 'secret', rows: 2 }),
  ]);
  return 'the dump fails and leaves nothing; as a superuser it holds every row. dbctl never asks for a filtered dump';
});
