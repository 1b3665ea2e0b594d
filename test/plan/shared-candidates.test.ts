import { describe, expect, it } from 'vitest';
import { sharedCandidates } from '../../src/plan/shared-candidates.js';
import { commonPrefix } from '../../src/plan/vault-paths.js';
import type { NomadJob, NomadTask } from '../../src/ports/nomad.js';

const job = (id: string, task: Partial<NomadTask>, service?: string): NomadJob => ({
  ID: id,
  TaskGroups: [
    { Name: 'g', Tasks: [{ Name: 'main', Driver: 'docker', ...task }], Services: service ? [{ Name: service }] : [] },
  ],
});

const asks = (id: string, service: string, more = ''): NomadJob =>
  job(id, {
    Templates: [{ EmbeddedTmpl: `DB_HOST={{ range nomadService "${service}" }}{{ .Address }}{{ end }}\n${more}` }],
  });

describe('the shared instance', () => {
  it('is the PostgreSQL most jobs ask for; others are told with their clients', () => {
    const found = sharedCandidates([
      job('immich-db', { Config: { image: 'ghcr.io/tensorchord/pgvecto-rs:pg16' } }, 'immich-db'),
      job('postgresql', { Config: { image: 'docker.io/library/postgres:16-alpine@sha256:00' } }, 'postgresql'),
      asks('immich', 'immich-db'),
      asks('grafana', 'postgresql'),
      asks('gitea', 'postgresql'),
      asks('other', 'postgresql-exporter'),
    ]);
    expect(found).toEqual([
      { job: 'postgresql', task: 'main', service: 'postgresql', clients: ['gitea', 'grafana'] },
      { job: 'immich-db', task: 'main', service: 'immich-db', clients: ['immich'] },
    ]);
  });

  it.each([
    ['a start script', { Driver: 'exec', Templates: [{ EmbeddedTmpl: 'exec postgres \\\n  -c port=5432' }] }, true],
    [
      'arguments',
      { Driver: 'exec', Config: { command: '/usr/lib/postgresql/15/bin/postgres', args: ['-D', '/d'] } },
      true,
    ],
    ['a dump job', { Config: { image: 'postgres:16', args: ['sh', '-c', 'pg_dump x'] } }, false],
    ['a one-shot', { Config: { image: 'postgres:16' }, Lifecycle: { Hook: 'prestart', Sidecar: false } }, false],
    ['an app that only speaks of it', { Env: { URL: 'postgres://h/db', P: '/usr/lib/postgresql' } }, false],
  ])('%s', (_, task, is) => {
    expect(sharedCandidates([job('x', task as Partial<NomadTask>, 'x')])).toHaveLength(is ? 1 : 0);
  });
});

describe('where the passwords are', () => {
  it('is the folder most jobs read from', () => {
    const reads = (path: string) => `{{ with secret "${path}" }}{{ .Data.data.password }}{{ end }}`;
    expect(
      commonPrefix([
        asks('a', 's', reads('kv/data/db/a')),
        asks('b', 's', reads('kv/data/db/b')),
        asks('c', 's', reads('secret/data/c')),
      ]),
    ).toEqual({ mount: 'kv', prefix: 'db' });
    expect(commonPrefix([])).toEqual({ mount: 'secret', prefix: 'postgres' });
  });
});
