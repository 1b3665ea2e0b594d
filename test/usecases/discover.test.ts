import { describe, expect, it } from 'vitest';
import { buildProgram } from '../../src/cli/program.js';
import { DbctlError } from '../../src/errors/dbctl-error.js';
import type { SqlPort } from '../../src/ports/sql.js';
import { discoverText } from '../../src/ui/discover-text.js';
import { discoverCluster } from '../../src/usecases/discover.js';
import { init } from '../../src/usecases/init.js';
import { app, envTemplate, jobOf, sharedServer, taskOf } from '../plan/discover/world.js';
import { cliDeps } from '../support/cli-deps.js';
import { requireDocument } from '../support/json-documents.js';
import { CANARY, discoverWorld, JOBS } from './discover-world.js';

describe('discover', () => {
  it('finds what each task really uses, by the running tasks, their jobspecs and the server', async () => {
    const { deps } = await discoverWorld();
    const report = await discoverCluster(deps);
    requireDocument(JSON.parse(JSON.stringify(report)));
    expect(report.gaps).toEqual([]);
    expect(report.services.map(({ name, databases, confidence }) => [name, databases, confidence]).toSorted()).toEqual([
      ['closed', ['fresh'], 'likely'],
      ['computed', ['vectors'], 'likely'],
      ['speedtest', ['0cron'], 'certain'],
    ]);
    expect(report.servers[0]?.databases.filter(({ state }) => state === 'unclaimed').map(({ name }) => name)).toEqual([
      'forgotten',
    ]);
    expect(report.exitCode).toBe(2);
  });

  it('lets no secret out, in no form', async () => {
    const { deps, nomad } = await discoverWorld();
    const report = await discoverCluster(deps);
    const text = discoverText(report, { colour: false, unicode: true, columns: 100 });
    expect(JSON.stringify(report) + text).not.toContain(CANARY);
    expect(text).toContain('forgotten');
    expect(nomad.allocs.execs.flatMap(({ argv }) => argv.slice(4)).join(' ')).not.toMatch(/PASSWORD|SECRET/);
  });

  it('names what cannot be looked at, and goes on', async () => {
    const { deps, nomad } = await discoverWorld();
    const denied = async (): Promise<never> => {
      throw new DbctlError('NOMAD_DENIED', 'Nomad refused the token');
    };
    const silent: SqlPort = { run: denied };
    const read = nomad.port.job;
    const job: typeof read = (id) => (id === 'computed' ? denied() : read(id));
    const report = await discoverCluster({ ...deps, sql: silent, nomad: { ...nomad.port, job, service: denied } });
    expect(report.gaps.map(({ source }) => source)).toEqual(['job computed', 'service postgresql']);
    expect(report.servers[0]?.silent).toBe('Nomad refused the token');
    expect(report.services).toEqual([]);
    expect(report.findings.map(({ code }) => code)).toContain('CLIENT_WITHOUT_SERVER');
    expect(report.exitCode).toBe(2);
  });

  it('with nothing to find says so', async () => {
    const { deps } = await discoverWorld([app('web', 'nginx:1', { A: 'b' })]);
    const report = await discoverCluster(deps);
    expect([report.servers, report.services, report.findings, report.exitCode]).toEqual([[], [], [], 0]);
  });
});

/** What the command prints, and the code it ends with. */
const run = async (...args: string[]): Promise<{ out: string; code: number }> => {
  const { deps: session } = await discoverWorld();
  const end = { out: '', code: 0 };
  const deps = cliDeps({
    out: (text) => {
      end.out += text;
    },
    connect: async () => ({ session, from: 'x' }),
    setExitCode: (code) => {
      end.code = code;
    },
  });
  await buildProgram(deps).parseAsync(['node', 'dbctl', 'discover', ...args]);
  return end;
};

describe('the command', () => {
  it('ends with 2 for a database without a backup only when it is asked to', async () => {
    expect((await run()).code).toBe(0);
    const { out, code } = await run('--ci');
    expect(code).toBe(2);
    expect(out).toMatch(/postgresql\/postgres +postgresql 16/);
    expect(out).toMatch(/forgotten .*nobody seen +none +none/);
  });

  it('prints one document with --json', async () => {
    const { out } = await run('--json');
    requireDocument(JSON.parse(out));
  });
});

describe('init', () => {
  it('writes what discover found: names that no preset reads are stated, unclear services are comments', async () => {
    const unclear = app(
      'odd',
      'registry.home/odd:1',
      {},
      envTemplate('X={{ range nomadService "postgresql" }}{{ .Address }}{{ end }}\n'),
    );
    const own = jobOf('wiki', [
      taskOf('db', 'postgres:17'),
      taskOf('app', 'registry.home/wiki:1', { Env: { DB_HOST: 'localhost' } }),
    ]);
    const { deps } = await discoverWorld([...JOBS, unclear, own]);
    const { text, services, unclaimed, shared } = await init(deps, { from: 'http://nomad:4646' });
    expect(shared).toBe('postgresql');
    expect(services.map(({ name, confidence }) => [name, confidence])).toEqual([
      ['closed', 'likely'],
      ['computed', 'likely'],
      ['odd', 'unclear'],
      ['speedtest', 'certain'],
    ]);
    expect(unclaimed).toEqual(['forgotten']);
    expect(text).toMatch(/\n {2}computed:\n {4}priority: medium\n {4}databases:\n {6}- vectors\n {4}role: vec\n/);
    expect(text).toMatch(/\n {2}speedtest:\n {4}priority: medium\n {4}app: speedtest-tracker\n/);
    expect(text).toMatch(/\n {2}# odd:\n/);
    expect(text).not.toContain(CANARY);
  });

  it('refuses without a PostgreSQL that other jobs use, and names those there are', async () => {
    const { deps } = await discoverWorld([sharedServer()]);
    await expect(init(deps, { from: 'x' })).rejects.toMatchObject({
      code: 'SHARED_NOT_FOUND',
      details: ['job postgresql runs PostgreSQL as service postgresql'],
    });
  });
});
