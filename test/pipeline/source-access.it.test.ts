import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/adapters/clock.js';
import { framedPsql } from '../../src/adapters/framed-psql.js';
import { roleName } from '../../src/engines/postgres/names.js';
import type { MoveContext } from '../../src/pipeline/context.js';
import { dropSourceAccess, openSourceAccess } from '../../src/pipeline/source-access.js';
import { Secret } from '../../src/shared/secret.js';
import { type LocalTask, localTask } from '../support/local-task.js';
import { startCluster, type TestCluster, writeAsPostgres } from '../support/postgres.js';

const RUN = '20261120-211530-ab12';
const ROLE = roleName(RUN);

describe("a run's own role on the shared server", () => {
  let server: TestCluster;
  let task: LocalTask;
  let toolbox: { allocId: string; task: string };

  beforeAll(async () => {
    server = await startCluster({ fresh: true });
    task = localTask(server, systemClock());
    const Tasks = ['postgres', 'db-backup'].map((Name) => ({ Name, Driver: 'exec' }));
    await task.nomad.port.registerJob({ ID: 'shared', TaskGroups: [{ Name: 'g', Tasks }] }, { enforceIndex: 0 });
    const [alloc] = await task.nomad.port.allocations('shared');
    toolbox = { allocId: alloc?.ID ?? '', task: 'db-backup' };
  });
  afterAll(async () => {
    await server.stop();
    task.remove();
  });

  /** As a process has it that knows nothing of the one before. */
  const process = (hours = 0): MoveContext => {
    const { port } = task;
    const clock = { ...systemClock(), now: () => new Date(Date.now() + hours * 3_600_000) };
    const source = { job: 'shared', task: 'postgres', address: '127.0.0.1', port: server.port };
    const ports = { nomad: port, sql: framedPsql(port), clock, randomBytes, signal: new AbortController().signal };
    const newSecret = (length: number) => new Secret(randomBytes(length).toString('hex').slice(0, length));
    const own = { run: RUN, plan: { source }, secrets: new Map(), newSecret, note: expect.fail };
    return { ...ports, ...own } as unknown as MoveContext;
  };

  const passfile = (): string => join(task.secrets, 'dbctl/pgpass');
  const asServerHasIt = async (): Promise<[verifier: string, end: number]> => {
    const sql = `select rolpassword || ' ' || extract(epoch from rolvaliduntil) from pg_authid where rolname = '${ROLE}'`;
    const [verifier = '', end = ''] = (await server.psql(sql)).stdout.trim().split(' ');
    return [verifier, Number(end)];
  };
  /** As a dump does for each of its sessions. */
  const logsIn = async (): Promise<boolean> => {
    const psql = 'PGPASSFILE="$NOMAD_SECRETS_DIR/dbctl/pgpass" psql -X -w -h 127.0.0.1 -U "$1" -c "select 1"';
    const argv = ['/bin/sh', '-c', psql, 'x', ROLE];
    const result = await task.port.exec({ ...toolbox, argv, timeoutMs: 10_000 });
    return result.kind === 'exited' && result.code === 0;
  };

  it('opens the server to the toolbox, by a file that nobody else may read', async () => {
    expect(await openSourceAccess(process(), toolbox)).toBe(ROLE);
    expect(await logsIn()).toBe(true);
    expect(statSync(passfile()).mode & 0o777).toBe(0o600);
  });

  it('keeps a password that still opens it, which a dump may be at work with, and prolongs it', async () => {
    const [before, text] = [await asServerHasIt(), readFileSync(passfile(), 'utf8')];
    expect(await openSourceAccess(process(2), toolbox)).toBe(ROLE);
    const after = await asServerHasIt();
    expect([after[0], readFileSync(passfile(), 'utf8')]).toEqual([before[0], text]);
    expect(after[1] - before[1]).toBeGreaterThan(3600);
    expect(await logsIn()).toBe(true);
  });

  it('makes a new one where the old one opens nothing any more', async () => {
    const [[verifier], text] = [await asServerHasIt(), readFileSync(passfile(), 'utf8')];
    await server.psql(`alter role ${ROLE} valid until '2020-01-01'`);
    expect(await logsIn()).toBe(false);
    await openSourceAccess(process(), toolbox);
    expect((await asServerHasIt())[0]).not.toBe(verifier);
    expect(readFileSync(passfile(), 'utf8')).not.toBe(text);
    expect(await logsIn()).toBe(true);
    writeAsPostgres(passfile(), text);
    await openSourceAccess(process(), toolbox);
    expect(await logsIn()).toBe(true);
  });

  it('is gone when it is dropped, and made again when it is asked for, in the same process too', async () => {
    await dropSourceAccess(process());
    expect((await asServerHasIt())[0]).toBe('');
    const one = process();
    await openSourceAccess(one, toolbox);
    expect(await logsIn()).toBe(true);
    await dropSourceAccess(one);
    expect(await logsIn()).toBe(false);
    await openSourceAccess(one, toolbox);
    expect(await logsIn()).toBe(true);
  });
});
