import { describe, expect, it } from 'vitest';
import { DbctlError } from '../../src/errors/dbctl-error.js';
import { parseInventory } from '../../src/inventory/parse.js';
import { buildPlan } from '../../src/plan/build-plan.js';
import type { ExecRequest, ExecResult, NomadJob } from '../../src/ports/nomad.js';
import type { SqlPort } from '../../src/ports/sql.js';
import { Secret } from '../../src/shared/secret.js';
import { collectAllFacts, collectFacts } from '../../src/usecases/collect-facts.js';
import type { FactsDeps } from '../../src/usecases/facts/facts-deps.js';
import { fakeFiles } from '../fakes/fake-files.js';
import { type FakeNomad, fakeNomad } from '../fakes/fake-nomad.js';
import { type FakeVault, fakeVault } from '../fakes/fake-vault.js';
import { group, task } from '../plan/fixtures.js';

const CANARY = 'c4n4ry-s3cr3t';
const HCL = 'job "speedtest" {}\n';
const INVENTORY = `version: 1
defaults: { driver: exec }
services:
  speedtest: { app: db-parts, jobspec: jobs/src/speedtest.nomad.hcl }
`;

const appJob: NomadJob = {
  ID: 'speedtest',
  Type: 'service',
  TaskGroups: [
    group({
      Tasks: [
        task('app', { Driver: 'exec', Config: { command: '/app' }, Env: { DB_HOST: 'old', DB_PASSWORD: CANARY } }),
      ],
    }),
  ],
};

const sharedJob: NomadJob = {
  ID: 'postgresql',
  TaskGroups: [{ Name: 'db', Tasks: [{ Name: 'postgres', Driver: 'exec', Config: {} }] }],
};

const NODE = {
  ID: 'node-1',
  Name: 'one',
  Status: 'ready',
  SchedulingEligibility: 'eligible',
  Attributes: { 'plugins.host_volume.mkdir.version': '0.0.1' },
  Drivers: { exec: { Healthy: true } },
  NodeResources: { Cpu: { CpuShares: 4000 }, Memory: { MemoryMB: 8000 } },
};

const PREFLIGHT = {
  preparedTransactions: [],
  replicationSlots: [],
  subscriptions: [],
  publications: [],
  extensions: [{ name: 'plpgsql', version: '1.0', schema: 'pg_catalog' }],
  unloggedTables: 0,
  tables: 6,
  largeObjects: 0,
  connections: { max: 100, reserved: 3, used: 5 },
  locks: [],
  rlsTables: [],
  invalidIndexes: [],
  eventTriggers: [],
  foreignServers: [],
  tablespaces: [],
  nonDeterministicCollations: [],
  oidColumns: [],
  emptyMatviews: [],
  notValidated: [],
};

const database = (datname: string) => ({
  systemIdentifier: '7',
  oid: 16_400,
  datname,
  owner: datname,
  encoding: 'UTF8',
  collate: 'C.UTF-8',
  ctype: 'C.UTF-8',
  provider: 'c',
  locale: null,
  collversion: null,
  collactual: null,
  sizeBytes: 9_000_000,
  serverVersion: 150_020,
  allowConn: true,
});

/** Answers by what a query is about, not by its text. */
const answers = (script: string): unknown[] => {
  if (script.includes('pg_control_system')) return [database('postgres'), database('speedtest')];
  if (script.includes('pg_prepared_xacts')) return [PREFLIGHT];
  if (script.includes("'verifier', rolpassword")) return [{ name: 'speedtest', verifier: CANARY }];
  if (script.includes("'sessionsIn'"))
    return [{ name: 'speedtest', superuser: false, verifier: 'scram', exclusive: true, sessionsIn: ['speedtest'] }];
  return [
    { pid: 1, user: 'speedtest', application: '', client: '10.0.0.5', kind: 'client backend' },
    { pid: 2, user: 'speedtest', application: '', client: '10.0.0.5', kind: 'client backend' },
  ];
};

const execAnswer = (request: ExecRequest): ExecResult => {
  const lines =
    request.task === 'postgres'
      ? ['101', '104']
      : ['DB_HOST=10.0.0.5', 'DB_PORT=5432', 'DB_DATABASE=speedtest', 'DB_USERNAME=speedtest'];
  return { kind: 'exited', code: 0, stdout: `${[...lines, 'dbctl-answer-end'].join('\n')}\n`, stderr: '' };
};

interface World {
  readonly deps: FactsDeps;
  readonly nomad: FakeNomad;
  readonly vault: FakeVault;
}

const world = async (text: string = INVENTORY): Promise<World> => {
  const nomad = fakeNomad();
  nomad.cluster.nodeDetails.set('node-1', NODE);
  nomad.allocs.onExec = execAnswer;
  nomad.jobs.parses.set(HCL, appJob);
  await nomad.port.registerJob(appJob, { enforceIndex: 0, submission: { Source: HCL, Format: 'hcl2' } });
  await nomad.port.registerJob(sharedJob, { enforceIndex: 0 });
  const vault = fakeVault();
  await vault.write('secret', 'postgres/speedtest', { password: new Secret(CANARY) }, 0);
  const sql: SqlPort = { run: async (_, script) => answers(script) };
  const files = fakeFiles({ '/home/jobs/src/speedtest.nomad.hcl': HCL });
  const hcl = async (): Promise<never> => {
    throw new DbctlError('JOBSPEC_UNSUPPORTED', 'no grammar in this test');
  };
  return {
    deps: {
      nomad: nomad.port,
      consul: null,
      vault,
      sql,
      files,
      inventory: parseInventory(text, 'dbctl.yaml'),
      home: '/home',
      signal: new AbortController().signal,
      hcl,
    },
    nomad,
    vault,
  };
};

const only = ({ inventory }: FactsDeps) => {
  const [service] = inventory.services;
  if (service === undefined) throw new Error('the fixture has no service');
  return service;
};

describe('collectFacts', () => {
  it('reads identity, server and secret of a service', async () => {
    const { deps } = await world();
    const facts = await collectFacts(deps, only(deps));
    expect(facts.app).toEqual([
      {
        group: 'speedtest',
        task: 'app',
        preset: 'db-parts',
        host: '10.0.0.5',
        port: 5432,
        databases: ['speedtest'],
        role: 'speedtest',
        unreadable: null,
      },
    ]);
    expect(facts.source).toMatchObject({
      serverVersion: 150_020,
      owner: { uid: 101, gid: 104 },
      moving: [{ name: 'speedtest', tables: 6, preflight: { freeConnections: 92, extensions: ['plpgsql 1.0'] } }],
    });
    expect(facts.source).toHaveProperty('sessions', [
      { role: 'speedtest', application: '', address: '10.0.0.5', count: 2 },
    ]);
    expect(facts.vault).toEqual({ secret: { version: 1, keys: ['password'] }, fits: false, flaw: null });
    expect(facts.submissionMatches).toBe(true);
    expect(facts.node?.name).toBe('one');
  });

  it('asks the app only for keys that are no secret, and passes no secret on', async () => {
    const { deps, nomad } = await world();
    const facts = await collectFacts(deps, only(deps));
    const asked = nomad.allocs.execs.find(({ task: name }) => name === 'app');
    expect(asked?.argv.slice(4)).toEqual([
      ...['plain:DB_HOST', 'plain:DB_PORT', 'plain:DB_DATABASE', 'plain:DB_USERNAME'],
      ...['plain:DB_NAME', 'plain:DB_USER'],
    ]);
    const { job: _, file: __, ...rest } = facts;
    expect(JSON.stringify(rest)).not.toContain(CANARY);
    expect(JSON.stringify(buildPlan(deps.inventory, [facts]))).not.toContain(CANARY);
  });

  it('falls back to the jobspec where the image has no shell, and says so', async () => {
    const { deps, nomad } = await world();
    nomad.allocs.onExec = (request) =>
      request.task === 'postgres' ? execAnswer(request) : { kind: 'exited', code: 127, stdout: '', stderr: 'no sh' };
    const { app } = await collectFacts(deps, only(deps));
    expect(app[0]).toMatchObject({ host: 'old', databases: [], unreadable: 'exit code 127, is there a /bin/sh?' });
  });

  it.each([
    ['its allocation waits for its node', { ClientStatus: 'pending', TaskStates: null }],
    [
      'another task of it runs first',
      { TaskStates: { app: { State: 'pending', Failed: false, Restarts: 0, Events: [] } } },
    ],
  ] as const)('does not ask a task that is starting, and the plan says so: %s', async (_, state) => {
    const { deps, nomad } = await world();
    const [first] = await nomad.port.allocations('speedtest');
    if (first !== undefined) nomad.allocs.all.set(first.ID, { ...first, ...state } as never);
    const facts = await collectFacts(deps, only(deps));
    expect(facts.app[0]).toMatchObject({ databases: [], starting: true, unreadable: 'the task is starting' });
    expect(nomad.allocs.execs.flatMap(({ argv }) => argv)).not.toContain('plain:DB_HOST');
    const findings = buildPlan(deps.inventory, [facts]).services[0]?.findings ?? [];
    expect(findings.find(({ code }) => code === 'APP_STARTING')?.next).toBe(
      'nomad job status speedtest: try again as soon as the task runs',
    );
    expect(findings.map(({ code }) => code)).not.toContain('DATABASE_AMBIGUOUS');
  });

  it('turns a missing file, job or server into findings, not into errors', async () => {
    const { deps, nomad } = await world();
    await nomad.port.purgeJob('postgresql');
    await nomad.port.purgeJob('speedtest');
    const facts = await collectFacts({ ...deps, files: fakeFiles() }, only(deps));
    const codes = buildPlan(deps.inventory, [facts]).services[0]?.findings.map(({ code }) => code);
    expect(codes).toEqual(expect.arrayContaining(['JOB_NOT_FOUND', 'SHARED_NOT_FOUND']));
  });

  it('does not read a sealed Vault as an absent secret', async () => {
    const { deps, vault } = await world();
    vault.mood = 'sealed';
    await expect(collectFacts(deps, only(deps))).rejects.toMatchObject({ code: 'VAULT_UNAVAILABLE' });
  });

  it('refuses a jobspec that reads other files', async () => {
    const { deps } = await world();
    const files = fakeFiles({ '/home/jobs/src/speedtest.nomad.hcl': 'x = file("a")' });
    expect((await collectFacts({ ...deps, files }, only(deps))).file).toMatchObject({ code: 'JOBSPEC_FILE_FUNCTION' });
  });

  it('refuses a shared instance that runs twice', async () => {
    const { deps, nomad } = await world();
    const [first] = await nomad.port.allocations('postgresql');
    if (first !== undefined) nomad.allocs.all.set('second', { ...first, ID: 'second' });
    expect((await collectFacts(deps, only(deps))).source).toMatchObject({
      code: 'SHARED_SEVERAL',
      text: expect.stringContaining('2 running allocations'),
    });
  });

  it('changes nothing in the cluster', async () => {
    const { deps, nomad } = await world();
    const before = JSON.stringify([...nomad.jobs.jobs.values()].map(({ versions }) => versions));
    await collectAllFacts(deps, deps.inventory.services);
    expect(JSON.stringify([...nomad.jobs.jobs.values()].map(({ versions }) => versions))).toBe(before);
    expect(nomad.cluster.volumes.size).toBe(0);
  });
});
