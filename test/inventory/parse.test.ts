import { describe, expect, it } from 'vitest';
import { DbctlError } from '../../src/errors/dbctl-error.js';
import { parseInventory } from '../../src/inventory/parse.js';

const DESIGN = `# yaml-language-server: $schema=docs/schema/dbctl.schema.json
version: 1
vault:   { mount: secret, prefix: postgres }
shared:  { job: postgresql, task: postgres, service: postgresql, admin: postgres/admin, jobspec: jobs/src/postgresql.nomad.hcl }
defaults:
  engine: postgres
  image: same-as-source
  driver: docker
  placement: auto
  ports: { from: 5433 }
  volume: { kind: dynamic, name: "{service}_postgres_data" }
  backup: { schedule: "30 2 * * *", keep: { last: 3, daily: 7, weekly: 4, monthly: 6 }, volume: db-backups, offsite: [] , notify: [] }
services:
  speedtest: { priority: high, app: speedtest-tracker, jobspec: jobs/src/speedtest.nomad.hcl }
  freshrss:  { priority: high, app: freshrss }
`;

const problems = (text: string): readonly string[] => {
  try {
    parseInventory(text, '/repo/dbctl.yaml');
  } catch (error) {
    if (error instanceof DbctlError && error.code === 'INVENTORY_INVALID') return error.details;
    throw error;
  }
  return [];
};

const withService = (lines: string): string => `version: 1\nservices:\n  speedtest:\n${lines}\n`;

describe('parseInventory', () => {
  it("reads the design's example and fills in every default", () => {
    const inventory = parseInventory(DESIGN, '/repo/dbctl.yaml');
    expect(inventory.shared).toEqual({
      job: 'postgresql',
      task: 'postgres',
      service: 'postgresql',
      admin: 'postgres/admin',
      jobspec: 'jobs/src/postgresql.nomad.hcl',
      backup: inventory.services[0]?.backup,
    });
    expect(inventory.services.map((service) => service.name)).toEqual(['speedtest', 'freshrss']);
    expect(inventory.services[0]).toEqual({
      name: 'speedtest',
      repoint: null,
      priority: 'high',
      job: 'speedtest',
      app: 'speedtest-tracker',
      jobspec: 'jobs/src/speedtest.nomad.hcl',
      group: null,
      tasks: null,
      databases: [],
      role: null,
      extensions: [],
      port: null,
      image: 'same-as-source',
      major: null,
      driver: 'docker',
      placement: 'auto',
      volume: { kind: 'dynamic', name: 'speedtest_postgres_data' },
      backup: {
        schedule: '30 2 * * *',
        keep: { last: 3, daily: 7, weekly: 4, monthly: 6 },
        zone: 'UTC',
        volume: 'db-backups',
        offsite: [],
        encrypt: null,
        tools: { rclone: null, age: null },
        notify: [],
      },
      drill: { schedule: null, rtoSeconds: null, maxAgeSeconds: 93_600, assertions: [] },
      vault: { mount: 'secret', path: 'postgres/speedtest', key: 'password' },
      resources: {
        postgres: { cpu: 200, memory: 256 },
        toolbox: { cpu: 100, memory: 128 },
        init: { cpu: 50, memory: 64 },
      },
      finalize: { soakSeconds: 86_400, offsite: 'required' },
      migrate: { maxDowntimeSeconds: null, healthyDeadlineSeconds: 300, lockWaitSeconds: 60 },
      drift: 'refuse',
    });
  });

  it('takes the house values when only the service is named', () => {
    const inventory = parseInventory('version: 1\nservices:\n  gitea: {}\n', 'dbctl.yaml');
    expect(inventory.shared.job).toBe('postgresql');
    expect(inventory.shared.service).toBe('postgresql');
    expect(inventory.ports.from).toBe(5433);
    expect(inventory.services[0]?.job).toBe('gitea');
    expect(inventory.services[0]?.priority).toBe('medium');
  });

  it('lets a service override a part of a default and keeps the rest', () => {
    const inventory = parseInventory(
      `version: 1
defaults:
  driver: exec
  backup: { keep: { daily: 14 } }
  resources: { postgres: { memory: 1GiB } }
  finalize: { soak: 48h }
services:
  a: { driver: podman, backup: { keep: { weekly: 0 } }, resources: { postgres: { cpu: 900 } }, finalize: { offsite: waived } }
  b: {}
`,
      'dbctl.yaml',
    );
    const [a, b] = inventory.services;
    expect(a?.driver).toBe('podman');
    expect(a?.backup.keep).toEqual({ last: 3, daily: 14, weekly: 0, monthly: 6 });
    expect(a?.resources.postgres).toEqual({ cpu: 900, memory: 1024 });
    expect(a?.finalize).toEqual({ soakSeconds: 172_800, offsite: 'waived' });
    expect(b?.driver).toBe('exec');
    expect(b?.finalize.offsite).toBe('required');
  });

  it('gives the same result for the same text', () => {
    expect(parseInventory(DESIGN, 'x')).toEqual(parseInventory(DESIGN, 'x'));
  });

  it('reads durations and a downtime budget into seconds', () => {
    const inventory = parseInventory(
      withService('    migrate: { maxDowntime: 1m30s, healthyDeadline: 2h, lockWait: 5s }'),
      'x',
    );
    expect(inventory.services[0]?.migrate).toEqual({
      maxDowntimeSeconds: 90,
      healthyDeadlineSeconds: 7200,
      lockWaitSeconds: 5,
    });
  });

  it('understands YAML anchors and merge keys', () => {
    const inventory = parseInventory(
      'version: 1\nservices:\n  a: &base { priority: low }\n  b: { <<: *base, port: 6000 }\n',
      'x',
    );
    expect(inventory.services[1]).toMatchObject({ priority: 'low', port: 6000 });
  });
});

describe('the problems of an inventory', () => {
  it('are all named at once, in the order of the file', () => {
    expect(
      problems(`version: 1
shared: { jop: postgresql }
defaults:
  ports: { from: 80 }
services:
  speedtest:
    priority: hihg
    port: 70000
    backup:
      schedule: "61 2 * * *"
  Fresh: {}
`),
    ).toEqual([
      'dbctl.yaml:2:11 shared.jop: unknown key, did you mean "job"?',
      'dbctl.yaml:4:12 defaults.ports.from: expected a port 1024-65535, got 80',
      'dbctl.yaml:7:5 services.speedtest.priority: expected high|medium|low, got "hihg", did you mean "high"?',
      'dbctl.yaml:8:5 services.speedtest.port: expected a port 1024-65535, got 70000',
      'dbctl.yaml:10:7 services.speedtest.backup.schedule: minute "61" is not *, a number 0-59, a range, a list or a step, got "61 2 * * *"',
      'dbctl.yaml:11:3 services.Fresh: a service name takes lower-case letters, digits, - and _ inside',
    ]);
  });

  it.each([
    ['an unknown key', '    priorty: high', '4:5 services.speedtest.priorty: unknown key, did you mean "priority"?'],
    ['a key of nowhere', '    zzzzzz: 1', '4:5 services.speedtest.zzzzzz: unknown key, known here: '],
    ['a wrong type', '    port: "5433"', 'expected a port 1024-65535, got "5433"'],
    [
      'a bad duration',
      '    finalize: { soak: 24 hours }',
      'expected a duration like 30s, 5m, 24h or 7d, got "24 hours"',
    ],
    [
      'a bad size',
      '    resources: { postgres: { memory: 256XB } }',
      'expected MiB as a number, or a size like 256MiB or 1GiB, got "256XB"',
    ],
    [
      'an unknown placeholder',
      '    volume: { name: "{svc}_data" }',
      'unknown placeholder {svc}, only {service} is known',
    ],
    [
      'credentials in a URL',
      '    backup: { offsite: ["s3://key:secret@host/x"] }',
      'credentials do not belong here: keep them in Vault',
    ],
    ['a role that breaks the line protocol', '    role: "a\\nb"', 'a role name takes no control characters'],
    ['a database of 64 bytes', `    database: ${'x'.repeat(64)}`, 'a database name has at most 63 bytes'],
    ['a path traversal in Vault', '    vault: { path: "../admin" }', 'a vault-path name takes letters'],
    [
      'one database and a list of them',
      '    database: a\n    databases: [a, b]',
      'databases: database and databases say',
    ],
    ['the same database twice', '    databases: [a, a]', 'databases: expected each database once'],
    ['no database', '    databases: []', 'databases: expected at least 1'],
    ['a list where a mapping belongs', '    backup: []', 'services.speedtest.backup: expected a mapping, got []'],
  ])('name %s', (_, line, expected) => {
    const found = problems(withService(line));
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(expected);
  });

  it('do not repeat a credential they complain about', () => {
    expect(problems(withService('    backup: { offsite: ["s3://key:s3cr3t@host/x"] }')).join()).not.toContain('s3cr3t');
  });

  it('name the line of a key that stands twice', () => {
    expect(problems('version: 1\nservices:\n  a: {}\n  a: {}\n')).toEqual(['dbctl.yaml:4:3 the same key twice']);
  });

  it('name the line of broken YAML', () => {
    expect(problems('version: 1\nservices: {a: [}\n')[0]).toMatch(/^dbctl\.yaml:2:\d+ not valid YAML: /);
  });

  it.each([
    ['an empty file', ''],
    ['a list', '- a\n'],
    ['a scalar', 'hello\n'],
  ])('are found in %s', (_, text) => {
    expect(problems(text).length).toBeGreaterThan(0);
  });

  it('ask for what is missing at its parent', () => {
    expect(problems('services: { a: {} }\n')).toEqual(['dbctl.yaml:1:1 version: missing, expected 1']);
  });

  it.each([
    [
      'database',
      '  a: { database: x }\n  b: { databases: [y, x] }\n',
      'services.b.databases: database "x" is already that of service a',
    ],
    ['Nomad service', '  a-b: {}\n  a_b: {}\n', 'Nomad service "a-b" is already that of service a-b'],
    [
      'data volume',
      '  a: { volume: { name: x } }\n  b: { volume: { name: x } }\n',
      'data volume "x" is already that of service a',
    ],
    [
      'Vault path',
      '  a: {}\n  b: { vault: { path: postgres/a } }\n',
      'Vault path "postgres/a" is already that of service a',
    ],
  ])('include two services with one %s', (_, services, expected) => {
    expect(problems(`version: 1\nservices:\n${services}`)[0]).toContain(expected);
  });

  it('take one database as a list of one, and a list in its own order', () => {
    const databases = (line: string) => parseInventory(withService(line), 'x').services[0]?.databases;
    expect(databases('    database: app')).toEqual(['app']);
    expect(databases('    databases: [main, app_log]')).toEqual(['main', 'app_log']);
    expect(databases('    priority: high')).toEqual([]);
  });

  it('keep legal odd names of databases and roles', () => {
    const inventory = parseInventory(withService(`    database: 'we"ird $(db)\\'\n    role: -o'dd`), 'x');
    expect(inventory.services[0]).toMatchObject({ databases: ['we"ird $(db)\\'], role: "-o'dd" });
  });
});
