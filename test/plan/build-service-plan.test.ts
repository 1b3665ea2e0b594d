import { describe, expect, it } from 'vitest';
import { buildServicePlan } from '../../src/plan/build-service-plan.js';
import type { ServiceFacts } from '../../src/plan/facts.js';
import type { ServicePlan } from '../../src/plan/types.js';
import type { NomadJob } from '../../src/ports/nomad.js';
import {
  database,
  environment,
  facts,
  group,
  INVENTORY_TEXT,
  inventory,
  job,
  node,
  service,
  source,
  task,
} from './fixtures.js';

const plan = (more: Partial<ServiceFacts> = {}, text = INVENTORY_TEXT): ServicePlan =>
  buildServicePlan(inventory(text), service('speedtest', text), facts(more));

const codes = (result: ServicePlan, level?: string): string[] =>
  result.findings.filter((finding) => level === undefined || finding.level === level).map((finding) => finding.code);

const withGroup = (more: Parameters<typeof group>[0]): Partial<ServiceFacts> => {
  const changed = job({ TaskGroups: [group(more)] });
  return { job: changed, file: { path: 'x.hcl', job: changed } };
};

describe('the plan of a healthy service in host network mode', () => {
  it('moves it into its own group on the first free port', () => {
    const result = plan();
    expect(codes(result, 'blocked')).toEqual([]);
    expect(result.state).toBe('migrate');
    expect(result.placement).toEqual({
      kind: 'same-group',
      address: 'localhost:5433',
      why: 'the group uses the host network: PostgreSQL listens on loopback, on a port of its own',
    });
    expect(result.target).toMatchObject({
      job: 'speedtest-tracker',
      group: 'speedtest',
      image: 'postgres:16-alpine',
      major: 16,
      network: 'host',
      port: 5433,
      serviceName: 'speedtest-postgres',
      volume: { label: 'speedtest_postgres_data', kind: 'dynamic', source: 'speedtest_postgres_data' },
      databases: [{ name: 'speedtest', encoding: 'UTF8', collate: 'en_US.utf8', ctype: 'en_US.utf8' }],
      role: 'speedtest',
      vault: { path: 'secret/data/postgres/speedtest', key: 'password' },
    });
    expect(result.owner).toEqual({ uid: 70, gid: 70 });
    expect(result.job).toEqual({
      id: 'speedtest-tracker',
      group: 'speedtest',
      jobspec: 'jobs/src/speedtest.nomad.hcl',
      modifyIndex: 421,
    });
  });

  it('holds every database of the service, each made as it was, and says of which one a finding is', () => {
    const log = database({ name: 'log', oid: 16_500, collate: 'C', ctype: 'C', encoding: 'SQL_ASCII' });
    const result = plan({ source: source({ moving: [database(), log] }) });
    expect(result.source.databases.map(({ name, oid }) => [name, oid])).toEqual([
      ['speedtest', 16_400],
      ['log', 16_500],
    ]);
    expect(result.target.databases).toMatchObject([
      { name: 'speedtest', collate: 'en_US.utf8' },
      { name: 'log', collate: 'C' },
    ]);
    expect(result.findings.find(({ code }) => code === 'SQL_ASCII')?.text).toMatch(/^database log: /);
  });

  it('says once what is wrong with the role of several databases', () => {
    const role = { name: 'speedtest', superuser: false, verifier: 'md5', exclusive: true } as const;
    const moving = [database({ role }), database({ name: 'log', role })];
    expect(codes(plan({ source: source({ moving }) }), 'blocked')).toEqual(['MD5_VERIFIER']);
  });

  it('counts only what Nomad would reserve on top of the app', () => {
    expect(plan().adds).toEqual({ cpu: 300, memory: 384, containers: 2 });
  });

  it('is the same JSON every time', () => {
    expect(JSON.stringify(plan())).toBe(JSON.stringify(plan()));
  });

  it('says how long PostgreSQL may really take to stop', () => {
    expect(plan().effectiveKillTimeoutSeconds).toBe(60);
    expect(plan({ node: { ...node, maxKillTimeoutSeconds: 20 } }).effectiveKillTimeoutSeconds).toBe(20);
    const unknown = plan({ node: { ...node, maxKillTimeoutSeconds: null } });
    expect(unknown.effectiveKillTimeoutSeconds).toBe(30);
    expect(unknown.findings.find(({ code }) => code === 'KILL_TIMEOUT_CUT')?.level).toBe('info');
  });
});

describe('the plan of a bridged group', () => {
  it("uses PostgreSQL's own port inside the group's network", () => {
    const inside = [task('app', { Config: { image: 'x' } })];
    const result = plan(withGroup({ Networks: [{ Mode: 'bridge' }], Tasks: inside }));
    expect(result.target).toMatchObject({ network: 'bridge', port: 5432 });
    expect(result.placement.address).toBe('localhost:5432');
    expect(result.state).toBe('migrate');
  });

  it('does not mind that the port is taken on the host', () => {
    const changed = job({ TaskGroups: [group({ Networks: [{ Mode: 'bridge' }] })] });
    const result = plan({
      job: changed,
      file: { path: 'x', job: changed },
      ports: [{ port: 5432, node: 'node-1', owner: 'job x (port y)' }],
    });
    expect(codes(result)).not.toContain('PORT_TAKEN');
  });
});

describe('a plan knows apps', () => {
  it('that keep their settings in a file of their own, and refuses them', () => {
    const own = withGroup({
      Tasks: [task('app', { Config: { image: 'freshrss/freshrss:1.24', network_mode: 'host' } })],
    });
    expect(codes(plan(own), 'blocked')).toContain('APP_KEEPS_SETTINGS');
  });

  it('that need no server', () => {
    const small = withGroup({
      Tasks: [task('app', { Config: { image: 'louislam/uptime-kuma:1', network_mode: 'host' } })],
    });
    expect(codes(plan(small), 'info')).toContain('SQLITE_WOULD_DO');
  });
});

describe('a plan is blocked', () => {
  const cases: readonly [string, string, Partial<ServiceFacts>][] = [
    ['when Nomad does not know the job', 'JOB_NOT_FOUND', { job: null }],
    ['by a system job', 'JOB_TYPE', { job: job({ Type: 'system' }) }],
    ['by a batch job', 'JOB_TYPE', { job: job({ Type: 'batch' }) }],
    ['by a periodic job', 'JOB_PERIODIC', { job: job({ Periodic: { Spec: '@daily' } }) }],
    ['by a stopped job', 'JOB_STOPPED', { job: job({ Stop: true }) }],
    ['when no task says where its database is', 'TASK_NOT_FOUND', { app: [] }],
    ['by a foreign task named postgres', 'TASK_NAME_TAKEN', withGroup({ Tasks: [task('app'), task('postgres')] })],
    ['without a running allocation', 'NOT_RUNNING', { allocations: [] }],
    [
      'by a jobspec that cannot be parsed',
      'JOBSPEC_UNPARSABLE',
      { file: { code: 'JOBSPEC_UNPARSABLE', text: 'file() is not allowed', next: 'look' } },
    ],
    [
      'by drift',
      'JOBSPEC_DRIFT',
      { file: { path: 'x.hcl', job: job({ TaskGroups: [group({ Tasks: [task('app', { Driver: 'podman' })] })] }) } },
    ],
    [
      'when the shared instance is not found',
      'DATABASE_UNAVAILABLE',
      { source: { code: 'DATABASE_UNAVAILABLE', text: 'job postgresql does not run', next: 'look' } },
    ],
    ['by a database that does not exist', 'DATABASE_NOT_FOUND', { app: [environment({ databases: ['Speedtest'] })] }],
    [
      'by tasks that disagree',
      'DATABASE_AMBIGUOUS',
      { app: [environment(), environment({ task: 'cron', databases: ['gitea'] })] },
    ],
    ['without a Vault secret', 'VAULT_SECRET_MISSING', { vault: { secret: null, fits: null, flaw: null } }],
    [
      'whose Vault secret was deleted',
      'VAULT_SECRET_MISSING',
      { vault: { secret: null, fits: null, flaw: null, deleted: true } },
    ],
    [
      'by a secret without the key',
      'VAULT_KEY_MISSING',
      { vault: { secret: { version: 1, keys: ['pw'] }, fits: null, flaw: null } },
    ],
    [
      "by a password that is not the role's",
      'SECRET_MISMATCH',
      { vault: { secret: { version: 1, keys: ['password'] }, fits: false, flaw: null } },
    ],
    [
      'by an md5 verifier',
      'MD5_VERIFIER',
      {
        source: source({
          moving: [database({ role: { name: 'speedtest', superuser: false, verifier: 'md5', exclusive: true } })],
        }),
      },
    ],
    ['by SQL_ASCII', 'SQL_ASCII', { source: source({ moving: [database({ encoding: 'SQL_ASCII' })] }) }],
    [
      'by a full server',
      'CONNECTIONS_SHORT',
      { source: source({ moving: [database({ preflight: { ...database().preflight, freeConnections: 3 } })] }) },
    ],
    ['by too little memory', 'MEMORY_SHORT', { node: { ...node, free: { cpu: 3000, memory: 383 } } }],
    ['by too little CPU', 'CPU_SHORT', { node: { ...node, free: { cpu: 299, memory: 4096 } } }],
    ['by a missing driver', 'DRIVER_MISSING', { node: { ...node, drivers: ['exec'] } }],
    ['by a client without dynamic volumes', 'VOLUME_PLUGIN', { node: { ...node, volumePlugins: [] } }],
    [
      'by a volume of that name on another node',
      'VOLUME_ELSEWHERE',
      { volumes: [{ id: 'v', name: 'speedtest_postgres_data', nodeId: 'other', state: 'ready' }] },
    ],
    ['by an unknown image', 'IMAGE_UNKNOWN', { source: source({ driver: 'exec', image: null }) }],
    ['by unknown owner ids', 'OWNER_UNKNOWN', { source: source({ owner: null }) }],
    [
      "by Nomad's own dry run",
      'NOMAD_UNPLACED',
      { finalJob: { settings: [], plan: { failures: ['no node has the volume'], warnings: '', summary: [] } } },
    ],
    [
      'by a jobspec that cannot be spliced',
      'JOBSPEC_UNSUPPORTED',
      { finalJob: { code: 'JOBSPEC_UNSUPPORTED', text: 'line 7: one-line group', next: 'look' } },
    ],
    ...(['preparedTransactions', 'replicationSlots', 'subscriptions', 'tablespaces', 'invalidIndexes'] as const).map(
      (key): [string, string, Partial<ServiceFacts>] => [
        `by ${key}`,
        key.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase(),
        { source: source({ moving: [database({ preflight: { ...database().preflight, [key]: ['x'] } })] }) },
      ],
    ),
  ];
  it.each(cases)('%s (%s)', (_, code, more) => {
    const result = plan(more);
    expect(codes(result, 'blocked')).toContain(code);
    expect(result.state).toBe('blocked');
  });

  it('and still lists everything else that is wrong', () => {
    const result = plan({
      vault: { secret: null, fits: null, flaw: null },
      node: { ...node, free: { cpu: 0, memory: 0 } },
      source: source({ moving: [database({ encoding: 'SQL_ASCII' })] }),
    });
    expect(codes(result, 'blocked')).toEqual(['SQL_ASCII', 'VAULT_SECRET_MISSING', 'MEMORY_SHORT', 'CPU_SHORT']);
  });
});

describe('a plan warns', () => {
  const cases: readonly [string, string, Partial<ServiceFacts>][] = [
    [
      'about a superuser role',
      'SUPERUSER_ROLE',
      {
        source: source({
          moving: [
            database({
              role: { name: 'speedtest', superuser: true, verifier: 'scram-sha-256', exclusive: true },
            }),
          ],
        }),
      },
    ],
    [
      'about a role that is used elsewhere',
      'ROLE_SHARED',
      {
        source: source({
          moving: [
            database({
              role: { name: 'speedtest', superuser: false, verifier: 'scram-sha-256', exclusive: false },
            }),
          ],
        }),
      },
    ],
    ['about a sticky disk', 'STICKY_DISK', withGroup({ EphemeralDisk: { Sticky: true } })],
    [
      'about other dependents',
      'DEPENDENTS',
      { dependents: [{ kind: 'job', name: 'pg-exporter', detail: 'DATA_SOURCE_NAME' }] },
    ],
    ['about a cut kill timeout', 'KILL_TIMEOUT_CUT', { node: { ...node, maxKillTimeoutSeconds: 20 } }],
    [
      'about unreadable settings',
      'ENVIRONMENT_UNREADABLE',
      { app: [environment({ unreadable: 'no shell in the image' })] },
    ],
  ];
  it.each(cases)('%s (%s) and goes on', (_, code, more) => {
    const result = plan(more);
    expect(codes(result, 'warn')).toContain(code);
    expect(result.state).toBe('migrate');
  });

  it('about nothing, when the file differs by a part that was written ahead', () => {
    const ahead = job({ TaskGroups: [group({ Tasks: [task('app'), task('postgres')] })] });
    const file = (plain: NomadJob): ServiceFacts['file'] => ({ path: 'x.hcl', job: ahead, plain });
    expect(codes(plan({ file: file(job()) }), 'blocked')).not.toContain('JOBSPEC_DRIFT');
    const other = job({ TaskGroups: [group({ Tasks: [task('app', { KillTimeout: 9 })] })] });
    expect(codes(plan({ file: file(other) }), 'blocked')).toContain('JOBSPEC_DRIFT');
  });

  it('about drift only, when the inventory says so', () => {
    const text = `${INVENTORY_TEXT.replace('driver: docker', 'driver: docker\n  drift: warn')}`;
    const result = plan(
      {
        file: {
          path: 'x.hcl',
          job: job({ TaskGroups: [group({ Count: 1, Tasks: [task('app', { KillTimeout: 9 })] })] }),
        },
      },
      text,
    );
    expect(codes(result, 'warn')).toContain('JOBSPEC_DRIFT');
    expect(result.state).toBe('migrate');
  });
});

describe('the plan of a service that has its database already', () => {
  const parts = ['postgres', 'db-backup', 'db-init', 'db-gate'].map((name) => task(name));
  const done = withGroup({
    Tasks: [task('app'), ...parts],
    Networks: [{ Mode: 'host', ReservedPorts: [{ Label: 'db', Value: 5444 }] }],
  });

  it('has nothing to do and keeps its port', () => {
    const result = plan({ ...done, source: { code: 'DATABASE_NOT_FOUND', text: 'gone', next: 'look' } });
    expect(result.state).toBe('done');
    expect(result.target.port).toBe(5444);
    expect(result.adds).toEqual({ cpu: 0, memory: 0, containers: 0 });
  });
});
