import { describe, expect, it } from 'vitest';
import { type RemainingInput, remainingUses } from '../../src/plan/remaining.js';
import type { NomadJob } from '../../src/ports/nomad.js';
import { group, task } from './fixtures.js';

const job = (id: string, template: string, env: Record<string, string> = {}): NomadJob => ({
  ID: id,
  TaskGroups: [group({ Tasks: [task('app', { Driver: 'exec', Env: env, Templates: [{ EmbeddedTmpl: template }] })] })],
});

const uses = (input: Partial<RemainingInput>): string[] =>
  remainingUses({
    rows: [],
    jobs: [],
    phases: [],
    ignored: [],
    shared: { job: 'postgresql', service: 'postgresql' },
    address: { host: '10.0.0.5', port: 5432 },
    ...input,
  });

describe('what still needs the shared instance', () => {
  it('is nothing when everything has gone', () => {
    const moved = job('speedtest', 'DB_HOST=127.0.0.1', { PATH: '/usr/lib/postgresql/15/bin', U: 'postgresql://h/db' });
    expect(
      uses({
        jobs: [moved, job('postgresql', '{{ range service "postgresql" }}{{ end }}')],
        phases: [
          { service: 'speedtest', phase: 'finalized' },
          { service: 'new', phase: undefined },
          { service: 'made', phase: 'provisioned' },
        ],
      }),
    ).toEqual([]);
  });

  it.each([
    ['a Nomad lookup', '{{ range nomadService "postgresql" }}{{ .Address }}{{ end }}'],
    ['a Consul lookup', '{{ range service "postgresql|passing" }}{{ .Address }}{{ end }}'],
    ['a Consul lookup with a tag', '{{ range service "primary.postgresql@dc2" }}{{ .Address }}{{ end }}'],
    ['a Consul name', 'host: postgresql.service.consul'],
    ['an address', 'DATA_SOURCE_NAME=postgresql://exporter@10.0.0.5:5432/postgres'],
  ])('is a job that names it by %s', (_, template) => {
    expect(uses({ jobs: [job('exporter', template)] })).toEqual([
      'job exporter, task app names the shared instance in its settings',
    ]);
  });

  it('is no job that the operator says does not use it', () => {
    const jobs = [job('freshrss', '{{ range service "postgresql" }}'), job('b', '{{ range service "postgresql" }}')];
    expect(uses({ jobs, ignored: ['freshrss'] })).toEqual([
      'job b, task app names the shared instance in its settings',
    ]);
  });

  it('is not another service of a similar name', () => {
    expect(uses({ jobs: [job('app', '{{ range service "my-postgresql" }} other-postgresql.service.consul')] })).toEqual(
      [],
    );
  });

  it('is every database, session, table, slot and prepared transaction, and every unfinished service', () => {
    const found = uses({
      rows: [
        { kind: 'database', name: 'uptimekuma', bytes: 8_000_000, open: true },
        { kind: 'session', database: '', user: 'exporter', client: '10.0.0.9', count: 2 },
        { kind: 'tables', database: 'postgres', count: 3 },
        { kind: 'slot', name: 'standby' },
        { kind: 'prepared', name: 'gid-1' },
      ],
      phases: [{ service: 'grafana', phase: 'migrated' }],
    });
    expect(found).toHaveLength(6);
    expect(found.join('\n')).toMatch(/uptimekuma.*\n.*exporter.*\n.*postgres.*\n.*standby.*\n.*gid-1/);
    expect(found[0]).toContain('dbctl finalize grafana');
  });
});
