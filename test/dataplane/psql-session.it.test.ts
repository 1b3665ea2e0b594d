import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PsqlEnd, type PsqlServer, pipedPsql } from '../../src/dataplane/psql-session.js';
import type { AllocsPort } from '../../src/ports/nomad.js';
import { fakeClock } from '../fakes/fake-clock.js';
import { type LocalTask, localTask } from '../support/local-task.js';
import { startCluster, type TestCluster } from '../support/postgres.js';

const BUSYBOX = '/usr/bin/busybox';
const ROLE = 'Odd "role\\';
const run: { cluster?: TestCluster; task?: LocalTask; bin: string } = { bin: '' };
const task = (): LocalTask => run.task ?? expect.fail('no task');

beforeAll(async () => {
  run.cluster = await startCluster();
  run.task = localTask(run.cluster, fakeClock());
  run.bin = mkdtempSync(join(tmpdir(), 'dbctl-shells-'));
  const shell = join(run.bin, 'busybox-sh');
  writeFileSync(shell, `#!/bin/sh\nexec ${BUSYBOX} sh "$@"\n`);
  chmodSync(shell, 0o755);
  chmodSync(run.bin, 0o755);
});
afterAll(async () => {
  run.task?.remove();
  rmSync(run.bin, { recursive: true, force: true });
  await run.cluster?.stop();
});

/** As the task's own shell would be that one. */
const inShell = (shell: string): Pick<AllocsPort, 'exec'> => ({
  exec: (request) => task().port.exec({ ...request, argv: [shell, ...request.argv.slice(1)] }),
});

const SHELLS = ['/bin/dash', ...(existsSync(BUSYBOX) ? ['busybox-sh'] : [])];

describe.each(SHELLS)('psql in a task without a terminal, by %s', (name) => {
  const psql = (args: readonly string[], stdin = '', more: Partial<PsqlServer> = {}): Promise<PsqlEnd> => {
    const shell = name.startsWith('/') ? name : join(run.bin, name);
    const server = {
      allocId: 'a',
      task: 't',
      database: 'postgres',
      host: '${NOMAD_ALLOC_DIR}/pg',
      port: null,
      role: null,
    };
    const of = { ...server, port: run.cluster?.port ?? null, ...more };
    return pipedPsql(inShell(shell), of, { args, stdin }, new AbortController().signal);
  };

  it('takes any argument as it is, and gives rows and errors apart with its own exit code', async () => {
    const text = `it's "so" $HOME \`x\` \\ é\n2`;
    const said = await psql(['-At', '-v', `text=${text}`, '-f', '-'], "select :'text';\n");
    expect(said).toEqual({ code: 0, stdout: `${text}\n`, stderr: '' });
    const failed = await psql(['-v', 'ON_ERROR_STOP=1'], 'select 1/0;\n');
    expect(failed).toMatchObject({ code: 3, stderr: expect.stringContaining('division by zero') });
    expect((await psql(['-c', 'select 1/0'])).code).toBe(1);
  });

  it('works as the role of the service, whatever it is called', async () => {
    await psql(['-qc', `drop role if exists "Odd ""role\\"; create role "Odd ""role\\"`]);
    const said = await psql(['-At', '-c', 'select current_user, session_user'], '', { role: ROLE });
    expect(said.stdout).toBe(`${ROLE}|postgres\n`);
    const denied = await psql(['-c', 'create role other'], '', { role: ROLE });
    expect(denied).toMatchObject({ code: 1, stderr: expect.stringContaining('permission denied') });
  });

  it('brings its output whole, and leaves nothing in the task', async () => {
    const { stdout } = await psql(['-At', '-c', 'select repeat(md5(n::text), 40) from generate_series(1, 4000) n']);
    expect(stdout.trimEnd().split('\n')).toHaveLength(4000);
    expect(readdirSync(task().secrets)).toEqual([]);
  });

  it('says when it cannot log in', async () => {
    const said = await psql(['-c', 'select 1'], '', { database: 'nobody' });
    expect(said).toMatchObject({ code: 2, stderr: expect.stringContaining('does not exist') });
  });
});
