import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DbctlError } from '../../src/errors/dbctl-error.js';
import { environmentOf, writtenSettings } from '../../src/plan/app-settings.js';
import { bridgePort } from '../../src/plan/bridge-port.js';
import { buildPlan } from '../../src/plan/build-plan.js';
import { addedCapacity, reserved } from '../../src/plan/capacity.js';
import { findDependents } from '../../src/plan/dependents.js';
import { resolveIdentity } from '../../src/plan/identity.js';
import { dataOwner, libcOf, tagMajor } from '../../src/plan/image.js';
import { appTasks } from '../../src/plan/locate.js';
import {
  checkName,
  RUN_ID,
  rehearsalJobId,
  runId,
  serviceName,
  TASK_NAMES,
  volumeLabel,
} from '../../src/plan/names.js';
import { nodeFacts, nodePorts, reservedPorts } from '../../src/plan/node-json.js';
import { nomadPlanFacts, withoutVolumes } from '../../src/plan/nomad-plan.js';
import { choosePlacement, groupNetwork, type PlacementChoice } from '../../src/plan/placement.js';
import { choosePort } from '../../src/plan/ports.js';
import type { Allocation, NomadTaskGroup } from '../../src/ports/nomad.js';
import { database, environment, facts, group, inventory, job, node, service, source, task } from './fixtures.js';

describe('names', () => {
  it('derive from the service in the house shape', () => {
    expect(serviceName('speed_test')).toBe('speed-test-postgres');
    expect(rehearsalJobId('speedtest', '20261120-211530-ab12')).toBe('dbctl-rehearse-speedtest-20261120-211530-ab12');
    expect(volumeLabel('speedtest.data')).toBe('speedtest_data');
    expect(volumeLabel('2fa')).toBe('v_2fa');
  });

  it('of runs hold the UTC time and four base32 characters', () => {
    expect(runId(new Date('2026-11-20T21:15:30.900Z'), Uint8Array.of(0, 1, 26, 255))).toBe('20261120-211530-ab27');
    fc.assert(
      fc.property(
        fc.date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true }),
        fc.uint8Array({ minLength: 4, maxLength: 8 }),
        (date, bytes) => RUN_ID.test(runId(date, bytes)),
      ),
    );
  });

  it('of runs need enough randomness', () => {
    expect(() => runId(new Date(0), Uint8Array.of(1))).toThrow(DbctlError);
  });

  it('read from the cluster are refused when they cannot be written back', () => {
    expect(checkName('database', 'my "odd" db', 'here')).toBe('my "odd" db');
    expect(() => checkName('database', 'a\nb', 'here')).toThrow(expect.objectContaining({ code: 'NAME_UNSAFE' }));
    expect(() => checkName('volume', '../x', 'here')).toThrow(expect.objectContaining({ code: 'NAME_UNSAFE' }));
  });
});

describe('choosePort', () => {
  const taken = [
    { port: 5433, node: 'node-1', owner: 'job a (port db)' },
    { port: 5434, node: '*', owner: 'service b (inventory)' },
    { port: 5435, node: 'node-2', owner: 'job c (port db)' },
  ];

  it('takes the next that is free on the node', () => {
    expect(choosePort({ service: service(), node: 'node-1', from: 5433, taken })).toEqual({ port: 5435, findings: [] });
  });

  it('names the owner of a port that is taken, and the next free one', () => {
    const fixed = { ...service(), port: 5433 };
    expect(choosePort({ service: fixed, node: 'node-1', from: 5433, taken }).findings).toEqual([
      {
        code: 'PORT_TAKEN',
        level: 'blocked',
        text: 'port 5433 is already that of job a (port db) on node-1',
        next: 'use port: 5435 (next free), or leave port out',
      },
    ]);
  });

  it('never gives a port that somebody has', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 5433, max: 5500 })), (ports) => {
        const uses = ports.map((port) => ({ port, node: 'node-1', owner: 'x' }));
        return !ports.includes(choosePort({ service: service(), node: 'node-1', from: 5433, taken: uses }).port);
      }),
    );
  });
});

describe('buildPlan', () => {
  const both = [
    facts({ service: 'freshrss', app: [environment({ databases: ['freshrss'], role: 'freshrss' })] }),
    facts(),
  ];

  it('puts high priority first and gives every service its own port', () => {
    const plan = buildPlan(inventory(), both);
    expect(plan.services.map(({ service: name, target }) => [name, target.port])).toEqual([
      ['speedtest', 5433],
      ['freshrss', 5434],
    ]);
    expect(plan.ports.map(({ port }) => port)).toEqual([5432, 5433, 5434]);
  });

  it('does not depend on the order of the facts', () => {
    expect(JSON.stringify(buildPlan(inventory(), both))).toBe(
      JSON.stringify(buildPlan(inventory(), both.toReversed())),
    );
  });

  it('refuses facts of a service that is not in the inventory', () => {
    expect(() => buildPlan(inventory(), [facts({ service: 'nope' })])).toThrow(
      expect.objectContaining({ code: 'SERVICE_UNKNOWN' }),
    );
  });
});

describe('resolveIdentity', () => {
  const ask = (more: Partial<Parameters<typeof resolveIdentity>[0]> = {}) =>
    resolveIdentity({
      service: service(),
      app: [environment()],
      present: ['speedtest', 'postgres'],
      roleSessionsIn: [],
      ...more,
    });

  it('takes what the live settings say, whatever the service is called', () => {
    expect(ask({ app: [environment({ databases: ['0cron'], role: 'cron' })], present: ['0cron'] })).toEqual({
      databases: ['0cron'],
      role: 'cron',
      findings: [],
    });
  });

  it('takes the inventory only where the settings are silent', () => {
    const stated = { ...service(), databases: ['speedtest'], role: 'speedtest' };
    expect(ask({ service: stated, app: [environment({ databases: [], role: null })] })).toMatchObject({
      databases: ['speedtest'],
      role: 'speedtest',
    });
    expect(ask({ service: { ...stated, databases: ['gitea'] } }).databases).toEqual([]);
  });

  it('says of a task that is starting that it is to be asked again, where neither jobspec nor inventory knows', () => {
    const starting = environment({ databases: [], role: null, starting: true });
    expect(ask({ app: [starting] })).toMatchObject({
      databases: [],
      findings: [
        { code: 'APP_STARTING', level: 'blocked', text: expect.stringContaining('which database it uses') },
        { code: 'APP_STARTING', text: expect.stringContaining('which role') },
      ],
    });
    expect(ask({ app: [environment({ starting: true })] }).findings).toEqual([]);
    expect(ask({ app: [{ ...starting, starting: undefined }] as never }).findings[0]?.code).toBe('DATABASE_AMBIGUOUS');
  });

  it('accepts apps that hold no session between requests', () => {
    expect(ask({ roleSessionsIn: [] }).databases).toEqual(['speedtest']);
  });

  it('refuses when every session of the role is on another database', () => {
    expect(ask({ roleSessionsIn: ['speedtest_2'] })).toMatchObject({
      databases: [],
      findings: [{ code: 'DATABASE_AMBIGUOUS' }],
    });
  });

  it('takes every database the settings name, the first as the main one', () => {
    const app = [
      environment({ databases: ['main', 'log'] }),
      environment({ task: 'cron', databases: ['log', 'main'] }),
    ];
    expect(ask({ app, present: ['log', 'main'] })).toMatchObject({ databases: ['main', 'log'], findings: [] });
  });

  it('lets the inventory name more than the settings do, in its own order', () => {
    const stated = { ...service(), databases: ['log', 'speedtest'] };
    expect(ask({ service: stated, present: ['speedtest', 'log'] }).databases).toEqual(['log', 'speedtest']);
  });

  it('never leaves a database behind that the settings name', () => {
    const app = [environment({ databases: ['speedtest', 'log'] })];
    const stated = { ...service(), databases: ['speedtest'] };
    expect(ask({ service: stated, app, present: ['speedtest', 'log'] })).toMatchObject({
      databases: [],
      findings: [{ code: 'DATABASE_AMBIGUOUS', text: expect.stringContaining('uses speedtest, log') }],
    });
  });

  it('refuses tasks that name different ones until the inventory names all', () => {
    const app = [environment(), environment({ task: 'worker', databases: ['speedtest', 'log'] })];
    const present = ['speedtest', 'log'];
    expect(ask({ app, present })).toMatchObject({ databases: [], findings: [{ code: 'DATABASE_AMBIGUOUS' }] });
    expect(ask({ app, present, service: { ...service(), databases: present } }).databases).toEqual(present);
  });

  it('names each database that is not there', () => {
    const app = [environment({ databases: ['speedtest', 'log', 'more'] })];
    expect(ask({ app, present: ['speedtest'] })).toMatchObject({
      databases: [],
      findings: [
        { code: 'DATABASE_NOT_FOUND', text: expect.stringContaining('log') },
        { code: 'DATABASE_NOT_FOUND', text: expect.stringContaining('more') },
      ],
    });
  });

  it('accepts sessions on any of them, and refuses when all are on another', () => {
    const app = [environment({ databases: ['speedtest', 'log'] })];
    const present = ['speedtest', 'log', 'other'];
    expect(ask({ app, present, roleSessionsIn: ['log'] }).databases).toEqual(['speedtest', 'log']);
    expect(ask({ app, present, roleSessionsIn: ['other'] }).databases).toEqual([]);
  });

  it('hints at a name that differs by case only', () => {
    expect(ask({ app: [environment({ databases: ['SpeedTest'] })] }).findings[0]?.next).toContain('speedtest');
  });

  it('refuses when nothing says which database', () => {
    expect(ask({ app: [environment({ databases: [] })] })).toMatchObject({
      databases: [],
      findings: [{ code: 'DATABASE_AMBIGUOUS' }],
    });
  });
});

describe('capacity', () => {
  it('is the largest of start, main and stop, as Nomad counts it', () => {
    const share = (phase: 'main' | 'sidecar' | 'start' | 'stop', memory: number) => ({ phase, memory, cpu: 0 });
    expect(reserved([share('main', 100), share('sidecar', 10), share('start', 20), share('stop', 50)]).memory).toBe(
      110,
    );
    expect(reserved([share('main', 10), share('start', 200), share('sidecar', 5)]).memory).toBe(205);
    expect(reserved([]).memory).toBe(0);
  });

  it('counts init and gate when they are larger than the app', () => {
    const small = group({ Tasks: [task('app', { Resources: { CPU: 10, MemoryMB: 10 } })] });
    expect(addedCapacity(small, service().resources).memory).toBe(256 + 128 + (64 + 64 - 10));
  });
});

describe('images', () => {
  it.each([
    ['postgres:17-alpine', 17],
    ['postgres:16.4', 16],
    ['registry:5000/postgres:15@sha256:ab', 15],
    ['pgvector/pgvector:pg17', 17],
    ['postgres', undefined],
    ['postgres:latest', undefined],
  ])('%s is of major %s', (image, major) => {
    expect(tagMajor(image)).toBe(major);
  });

  it('tell their libc by their tag, or not at all', () => {
    expect(libcOf('docker', 'postgres:16-alpine')).toBe('musl');
    expect(libcOf('docker', 'postgres:16')).toBe('glibc');
    expect(libcOf('docker', 'pgvector/pgvector:pg17')).toBe('unknown');
    expect(libcOf('exec', undefined)).toBe('unknown');
  });

  it('have owner ids that are read, or known, or refused', () => {
    const target = (image: string) => ({ driver: 'docker', image }) as Parameters<typeof dataOwner>[0];
    expect(dataOwner(target('postgres:16-alpine'), source({ owner: { uid: 1000, gid: 1001 } }))).toEqual({
      uid: 1000,
      gid: 1001,
    });
    expect(dataOwner(target('postgres:17'), source())).toEqual({ uid: 999, gid: 999 });
    expect(dataOwner(target('postgres:17-alpine'), source())).toEqual({ uid: 70, gid: 70 });
    expect(dataOwner(target('my/postgres-fork:17'), source())).toBeNull();
  });
});

const PRESETS = [
  { id: 'tracker', images: [/(^|\/)speedtest-tracker$/], keys: [{ key: 'DB_HOST', role: 'host' }] },
  {
    id: 'generic',
    images: [],
    keys: [
      { key: 'DB_HOST', role: 'host' },
      { key: 'DB_PORT', role: 'port', default: '5432' },
      { key: 'DB_DATABASE', role: 'database' },
      { key: 'DB_USERNAME', role: 'user' },
      { key: 'DB_PASSWORD', role: 'password' },
    ],
  },
];

describe('appTasks', () => {
  const found = (more: Parameters<typeof task>[1], app: string | null = null) =>
    appTasks(
      job({ TaskGroups: [group({ Tasks: [task('app', more), task('postgres')] })] }),
      { ...service(), app },
      PRESETS,
      () => [],
    ).map(({ task: name, preset }) => [name, preset.id]);

  it('goes by the image first and never takes a task of its own', () => {
    expect(found({ Config: { image: 'ghcr.io/alexjustesen/speedtest-tracker:v1@sha256:ab' } })).toEqual([
      ['app', 'tracker'],
    ]);
  });

  it('falls back to keys, but not to the preset of another image', () => {
    expect(found({ Config: { image: 'other:1' } })).toEqual([['app', 'generic']]);
  });

  it('sees keys in templates with env = true only', () => {
    const template = { EmbeddedTmpl: 'A=1\n  DB_HOST={{ x }}\n', Envvars: true };
    expect(found({ Env: {}, Config: { image: 'other' }, Templates: [template] })).toEqual([['app', 'generic']]);
    expect(found({ Env: {}, Config: { image: 'other' }, Templates: [{ ...template, Envvars: false }] })).toEqual([]);
  });

  it('takes a named app at its word, and nothing else for it', () => {
    expect(found({ Config: {} }, 'tracker')).toEqual([['app', 'tracker']]);
    expect(found({}, 'freshrss')).toEqual([]);
  });
});

describe('app settings', () => {
  const generic = { group: 'g', task: 't', preset: PRESETS[1] ?? { id: '', images: [], keys: [] } };

  it('are read by role, with defaults for what is absent', () => {
    expect(
      environmentOf(
        generic,
        new Map([
          ['DB_HOST', '10.0.0.5'],
          ['DB_DATABASE', 'x'],
          ['DB_USERNAME', ''],
        ]),
        null,
      ),
    ).toEqual({
      group: 'g',
      task: 't',
      preset: 'generic',
      host: '10.0.0.5',
      port: 5432,
      databases: ['x'],
      role: null,
      unreadable: null,
    });
  });

  it('name every database the preset has a key for, each once', () => {
    const keys = ['MAINDB', 'LOGDB', 'OTHERDB'].map((key) => ({ key, role: 'database' }));
    const preset = { id: 'two', images: [], keys };
    const values = new Map([
      ['LOGDB', 'log'],
      ['MAINDB', 'main'],
      ['OTHERDB', 'main'],
    ]);
    expect(environmentOf({ group: 'g', task: 't', preset }, values, null).databases).toEqual(['main', 'log']);
    expect(environmentOf({ group: 'g', task: 't', preset }, new Map(), null).databases).toEqual([]);
  });

  it('split host:port, also for IPv6', () => {
    const preset = { id: 'hp', images: [], keys: [{ key: 'H', role: 'host:port' }] };
    const of = (text: string) => environmentOf({ group: 'g', task: 't', preset }, new Map([['H', text]]), null);
    expect(of('db.home:5433')).toMatchObject({ host: 'db.home', port: 5433 });
    expect(of('[::1]:5433')).toMatchObject({ host: '::1', port: 5433 });
    expect(of('db.home')).toMatchObject({ host: 'db.home', port: null });
  });

  it('written in a jobspec leave template actions out', () => {
    const written = writtenSettings(
      task('app', {
        Env: { A: '1' },
        Templates: [{ Envvars: true, EmbeddedTmpl: 'DB_HOST={{ range x }}\nDB_PORT="5432"\r\nexport B=2\n' }],
      }),
    );
    expect([...written]).toEqual([
      ['A', '1'],
      ['DB_PORT', '5432'],
      ['B', '2'],
    ]);
  });
});

const allocation = (more: Partial<Allocation> = {}): Allocation => ({
  ID: 'a1',
  JobID: 'speedtest',
  TaskGroup: 'speedtest',
  NodeID: 'n1',
  NodeName: 'node-1',
  DesiredStatus: 'run',
  ClientStatus: 'running',
  CreateIndex: 1,
  ModifyIndex: 1,
  TaskStates: null,
  AllocatedResources: {
    Shared: {
      Networks: [
        {
          IP: '10.0.0.5',
          Mode: 'host',
          DynamicPorts: [{ Label: 'http', Value: 29_368 }],
          ReservedPorts: [{ Label: 'db', Value: 25_433 }],
        },
      ],
      Ports: [
        { HostIP: '10.0.0.5', Label: 'db', Value: 25_433 },
        { HostIP: '10.0.0.5', Label: 'http', Value: 29_368 },
      ],
    },
    TaskLifecycles: {
      app: null,
      init: { Hook: 'prestart', Sidecar: false },
      side: { Hook: 'prestart', Sidecar: true },
    },
    Tasks: {
      app: { Cpu: { CpuShares: 50 }, Memory: { MemoryMB: 32 }, Networks: null },
      init: { Cpu: { CpuShares: 10 }, Memory: { MemoryMB: 500 }, Networks: null },
      side: { Cpu: { CpuShares: 100 }, Memory: { MemoryMB: 300 }, Networks: null },
    },
  },
  ...more,
});

const NODE = {
  ID: 'n1',
  Name: 'node-1',
  Status: 'ready',
  SchedulingEligibility: 'eligible',
  Attributes: { 'nomad.version': '1.11.1', 'plugins.host_volume.mkdir.version': '0.0.1' },
  Drivers: { exec: { Healthy: true }, docker: { Healthy: false } },
  HostVolumes: null,
  NodeResources: { Cpu: { CpuShares: 5192 }, Memory: { MemoryMB: 24_105 } },
  ReservedResources: {
    Cpu: { CpuShares: 100 },
    Memory: { MemoryMB: 105 },
    Networks: { ReservedHostPorts: '22,8000-8002' },
  },
};

describe('node facts', () => {
  it('subtract the reserve and what live allocations hold', () => {
    expect(nodeFacts(NODE, [allocation(), allocation({ ClientStatus: 'complete' })])).toMatchObject({
      name: 'node-1',
      eligible: true,
      drivers: ['exec'],
      volumePlugins: ['mkdir'],
      hostVolumes: [],
      free: { cpu: 4942, memory: 23_200 },
    });
  });

  it('list every port once, with its owner', () => {
    expect(nodePorts(NODE, [allocation(), allocation({ ClientStatus: 'failed' })])).toEqual([
      { port: 25_433, node: 'node-1', owner: 'job speedtest (port db)' },
      { port: 29_368, node: 'node-1', owner: 'job speedtest (port http)' },
      ...[22, 8000, 8001, 8002].map((port) => ({ port, node: 'node-1', owner: 'the node itself (reserved)' })),
    ]);
  });

  it('survive allocations without resources', () => {
    expect(nodePorts(NODE, [allocation({ AllocatedResources: null })])).toHaveLength(4);
    expect(reservedPorts('')).toEqual([]);
  });
});

describe("Nomad's dry run", () => {
  it('is put into words', () => {
    expect(
      nomadPlanFacts({
        FailedTGAllocs: {
          speedtest: {
            ConstraintFiltered: { 'missing drivers': 1 },
            DimensionExhausted: { memory: 2 },
            NodesEvaluated: 3,
          },
        },
        Warnings: 'w',
        Annotations: { DesiredTGUpdates: { speedtest: { DestructiveUpdate: 1, Place: 0 } } },
      }),
    ).toEqual({
      failures: ['group speedtest: missing drivers (1 node), memory (2 nodes)'],
      warnings: 'w',
      summary: ['group speedtest: 1 stopped and started anew'],
    });
    expect(nomadPlanFacts({ FailedTGAllocs: null })).toEqual({ failures: [], warnings: '', summary: [] });
  });

  it('is made without the volumes that do not exist yet', () => {
    const volumes = {
      data: { Name: 'data', Type: 'host', Source: 'x_data' },
      keep: { Name: 'keep', Type: 'host', Source: 'other' },
    };
    const before = job({
      TaskGroups: [
        group({ Volumes: volumes, Tasks: [task('app', { VolumeMounts: [{ Volume: 'data' }, { Volume: 'keep' }] })] }),
      ],
    });
    const [after] = withoutVolumes(before, new Set(['x_data'])).TaskGroups;
    expect(Object.keys(after?.Volumes ?? {})).toEqual(['keep']);
    expect(after?.Tasks[0]?.['VolumeMounts']).toEqual([{ Volume: 'keep' }]);
    expect(before.TaskGroups[0]?.Volumes).toEqual(volumes);
  });
});

describe('the network of a group', () => {
  it.each([
    ['bridge', group({ Networks: [{ Mode: 'bridge' }] }), 'bridge'],
    ['CNI', group({ Networks: [{ Mode: 'cni/mine' }] }), 'bridge'],
    ['docker in host mode', group(), 'host'],
    ['exec without a network', group({ Networks: null, Tasks: [task('a', { Driver: 'exec', Config: {} })] }), 'host'],
    ['docker with its own namespace', group({ Tasks: [task('a', { Config: { image: 'x' } })] }), 'none'],
    ['one of two docker tasks in host mode', group({ Tasks: [task('a'), task('b', { Config: {} })] }), 'none'],
    ['a driver that nobody knows', group({ Tasks: [task('a', { Driver: 'container', Config: {} })] }), 'none'],
    [
      'one that says so',
      group({ Tasks: [task('a', { Driver: 'containerd-driver', Config: { host_network: true } })] }),
      'host',
    ],
  ])('%s', (_, value, expected) => {
    expect(groupNetwork(value)).toBe(expected);
  });

  const bridge = (more: Partial<NomadTaskGroup>): NomadTaskGroup => group({ Networks: [{ Mode: 'bridge' }], ...more });
  const upstream = (LocalBindPort: number): NonNullable<NomadTaskGroup['Services']> => [
    { Name: 'app', Connect: { SidecarService: { Proxy: { Upstreams: [{ DestinationName: 'pg', LocalBindPort }] } } } },
  ];

  it.each([
    ['nobody there', bridge({}), 5432],
    ["Consul's proxy there", bridge({ Services: upstream(5432) }), 5433],
    ['the proxy elsewhere', bridge({ Services: upstream(6000) }), 5432],
    [
      'a task there',
      bridge({ Networks: [{ Mode: 'bridge', DynamicPorts: [{ Label: 'p', Value: 0, To: 5432 }] }] }),
      5433,
    ],
    [
      'a port of the node only',
      bridge({ Networks: [{ Mode: 'bridge', ReservedPorts: [{ Label: 'p', Value: 5432, To: 80 }] }] }),
      5432,
    ],
    [
      'a port without another inside',
      bridge({ Networks: [{ Mode: 'bridge', ReservedPorts: [{ Label: 'p', Value: 5432 }] }] }),
      5433,
    ],
    [
      'both',
      bridge({
        Services: upstream(5433),
        Networks: [{ Mode: 'bridge', DynamicPorts: [{ Label: 'p', Value: 0, To: 5432 }] }],
      }),
      5434,
    ],
    [
      'a database of its own on another',
      bridge({ Tasks: [...TASK_NAMES.map((name) => task(name, { Env: { PGPORT: '5433' } }))] }),
      5433,
    ],
  ])('a database in a bridge, with %s', (_, value, expected) => {
    expect(bridgePort(value)).toBe(expected);
  });

  it('a task in a network of its own gets its database as a job', () => {
    const value = bridge({
      Tasks: [task('a', { Config: { network_mode: 'lan' } }), task('b', { Config: { network_mode: 'host' } })],
    });
    const choose = (tasks: string[], placement: 'auto' | 'same-group'): PlacementChoice =>
      choosePlacement({ group: value, clients: [{ name: 'g', count: 1, canaries: 0, tasks }], service: { placement } });
    expect([choose(['a'], 'auto').kind, choose(['b'], 'auto').kind, choose([], 'auto').kind]).toEqual([
      'own-job',
      'own-job',
      'same-group',
    ]);
    expect(choose(['a'], 'same-group').findings.map(({ code, text }) => `${code} ${text}`)).toEqual([
      "PLACEMENT_IMPOSSIBLE placement: same-group cannot hold: task a has network_mode lan, which is not its group's network",
    ]);
  });
});

describe('findDependents', () => {
  const exporter = job({
    ID: 'pg-exporter',
    TaskGroups: [
      group({ Tasks: [task('x', { Env: { DATA_SOURCE_NAME: 'postgresql://u:s3cret@postgresql:5432/speedtest' } })] }),
    ],
  });
  const input = {
    jobs: [job(), exporter],
    app: 'speedtest-tracker',
    shared: { job: 'postgresql', service: 'postgresql' },
    databases: ['speedtest'],
    role: 'speedtest',
    sessions: [],
  };

  it('names jobs whose settings name both the server and the database, and no secret of them', () => {
    expect(findDependents(input)).toEqual([{ kind: 'job', name: 'pg-exporter', detail: 'task x names speedtest' }]);
    expect(JSON.stringify(findDependents(input))).not.toContain('s3cret');
  });

  it('does not take a longer name for the database', () => {
    expect(findDependents({ ...input, databases: ['speed'] })).toEqual([]);
  });

  it('names other roles that are connected', () => {
    const sessions = [
      { role: 'speedtest', application: '', address: '10.0.0.5', count: 3 },
      { role: 'grafana_ro', application: 'grafana', address: '10.0.0.9', count: 1 },
    ];
    const own = { role: 'postgres', application: 'dbctl', address: '', count: 1 };
    expect(findDependents({ ...input, jobs: [], sessions: [own] })).toEqual([]);
    expect(findDependents({ ...input, jobs: [], sessions })).toEqual([
      { kind: 'session', name: 'grafana_ro', detail: 'grafana, 10.0.0.9, 1 now' },
    ]);
  });
});

describe('the fixtures', () => {
  it('are a service that can be moved', () => {
    expect(buildPlan(inventory(), [facts({ source: source({ moving: [database()] }), node })]).services[0]?.state).toBe(
      'migrate',
    );
  });
});
