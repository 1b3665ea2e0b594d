import { spawnSync } from 'node:child_process';
import type { ExecRequest, ExecResult, NomadJob } from '../../src/ports/nomad.js';
import type { SqlPort } from '../../src/ports/sql.js';
import type { DiscoverDeps } from '../../src/usecases/discover.js';
import type { InitDeps } from '../../src/usecases/init.js';
import { fakeClock } from '../fakes/fake-clock.js';
import { fakeFiles } from '../fakes/fake-files.js';
import { type FakeNomad, fakeNomad } from '../fakes/fake-nomad.js';
import { app, envTemplate, sharedServer } from '../plan/discover/world.js';

export const CANARY = 'c4n4ry-s3cr3t';

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

export const JOBS: readonly NomadJob[] = [
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

export const discoverWorld = async (
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
