import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { DbctlError } from '../../src/errors/dbctl-error.js';
import type { ExecRequest, ExecResult, NomadJob } from '../../src/ports/nomad.js';
import type { SqlPort } from '../../src/ports/sql.js';
import { discoverText } from '../../src/ui/discover-text.js';
import { type DiscoverDeps, discoverCluster } from '../../src/usecases/discover.js';
import { type InitDeps, init } from '../../src/usecases/init.js';
import { fakeClock } from '../fakes/fake-clock.js';
import { fakeFiles } from '../fakes/fake-files.js';
import { type FakeNomad, fakeNomad } from '../fakes/fake-nomad.js';
import { app, envTemplate, jobOf, sharedServer, taskOf } from '../plan/discover/world.js';
import { requireDocument } from '../support/json-documents.js';

const CANARY = 'c4n4ry-s3cr3t';

/** What the tasks see; the answers come from the real scripts, run by a real shell. */
type Environments = Readonly<Record<string, Readonly<Record<string, string>>>>;

const answering =
  (nomad: FakeNomad, environments: Environments) =>
  (request: ExecRequest): ExecResult => {
    const job = nomad.allocs.all.get(request.allocId)?.JobID ?? '';
    const env = environments[`${job}/${request.task}`];
    if (env === undefined) return { kind: 'exited', code: 127, stdout: '', stderr: 'no shell' };
    const [shell = '', ...args] = request.argv;
    const { stdout, stderr, status } = spawnSync(shell, args, {
      env: { PATH: '/usr/bin:/bin', ...env },
      encoding: 'utf8',
      input: '\n',
    });
    return { kind: 'exited', code: status ?? 1, stdout, stderr };
  };

const identity = (datname: string) => ({
  ...{
    systemIdentifier: '7',
    oid: 16_400,
    datname,
    owner: datname,
    encoding: 'UTF8',
    collate: 'C',
    ctype: 'C',
    provider: 'c',
  },
  ...{
    locale: null,
    collversion: null,
    collactual: null,
    sizeBytes: 9_000_000,
    serverVersion: 160_004,
    allowConn: true,
  },
});

const sqlOf = (databases: readonly string[]): SqlPort => ({
  run: async (_, script) => {
    if (script.includes('pg_control_system')) return ['postgres', ...databases].map(identity);
    if (script.includes('rolcanlogin')) return ['postgres', 'vec', ...databases].map((name) => ({ name }));
    return databases.slice(0, 1).map((database) => ({ database, role: database, client: '10.0.0.9', count: 2 }));
  },
});

const JOBS: readonly NomadJob[] = [
  sharedServer({ POSTGRES_PASSWORD: CANARY }),
  app(
    'speedtest',
    'lscr.io/linuxserver/speedtest-tracker:1',
    { DB_PASSWORD: CANARY },
    envTemplate('DB_HOST={{ .h }}\nDB_DATABASE={{ .d }}\nDB_USERNAME={{ .u }}\n'),
  ),
  app(
    'computed',
    'registry.home/computed:1',
    {},
    envTemplate('{{ range $k, $v := .Data }}{{ $k }}={{ $v }}\n{{ end }}'),
  ),
  app('closed', 'registry.home/scratch:1', { DATABASE_URL: `postgres://fresh:${CANARY}@10.0.0.5:5432/fresh` }),
];

const ENVIRONMENTS: Environments = {
  'postgresql/postgres': { POSTGRES_PASSWORD: CANARY },
  'speedtest/speedtest': {
    DB_CONNECTION: 'pgsql',
    DB_HOST: '10.0.0.5',
    DB_PORT: '5432',
    DB_DATABASE: '0cron',
    DB_USERNAME: '0cron',
    DB_PASSWORD: CANARY,
  },
  'computed/computed': { STORE_DB_URL: `postgresql://vec:${CANARY}@10.0.0.5/vectors`, STORE_SECRET: CANARY },
};

const world = async (
  jobs: readonly NomadJob[] = JOBS,
): Promise<{ deps: DiscoverDeps & InitDeps; nomad: FakeNomad }> => {
  const nomad = fakeNomad();
  for (const job of jobs) await nomad.port.registerJob(job, { enforceIndex: 0 });
  nomad.allocs.onExec = answering(nomad, ENVIRONMENTS);
  const shared = { Address: '10.0.0.5', Port: 5432, AllocID: '', JobID: 'postgresql', NodeID: 'node-1' };
  nomad.cluster.services.push({ ServiceName: 'postgresql', ...shared });
  const deps = {
    ...{
      nomad: nomad.port,
      consul: null,
      sql: sqlOf(['0cron', 'vectors', 'fresh', 'forgotten']),
      clock: fakeClock({ auto: true }),
    },
    ...{ signal: new AbortController().signal, home: '/home', files: fakeFiles() },
    hcl: async () => ({}),
  };
  return { deps: deps as unknown as DiscoverDeps & InitDeps, nomad };
};

describe('discover', () => {
  it('finds what each task really uses, by the running tasks, their jobspecs and the server', async () => {
    const { deps } = await world();
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
    const { deps, nomad } = await world();
    const report = await discoverCluster(deps);
    const text = discoverText(report, { colour: false, unicode: true, columns: 100 });
    expect(JSON.stringify(report) + text).not.toContain(CANARY);
    expect(text).toContain('forgotten');
    expect(nomad.allocs.execs.flatMap(({ argv }) => argv.slice(4)).join(' ')).not.toMatch(/PASSWORD|SECRET/);
  });

  it('names what cannot be looked at, and goes on', async () => {
    const { deps, nomad } = await world();
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
    const { deps } = await world([app('web', 'nginx:1', { A: 'b' })]);
    const report = await discoverCluster(deps);
    expect([report.servers, report.services, report.findings, report.exitCode]).toEqual([[], [], [], 0]);
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
    const { deps } = await world([...JOBS, unclear, own]);
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
    const { deps } = await world([sharedServer()]);
    await expect(init(deps, { from: 'x' })).rejects.toMatchObject({
      code: 'SHARED_NOT_FOUND',
      details: ['job postgresql runs PostgreSQL as service postgresql'],
    });
  });
});
