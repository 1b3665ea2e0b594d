import { describe, expect, it } from 'vitest';
import { buildProvisionPlan } from '../../../src/plan/provision/build-provision-plan.js';
import type { ProvisionFacts } from '../../../src/plan/provision/facts.js';
import type { Likeness } from '../../../src/plan/provision/fill.js';
import { partDifferences, seenPart } from '../../../src/plan/provision/seen-part.js';
import type { NomadJob } from '../../../src/ports/nomad.js';
import { samplePart } from '../../render/sample-part.js';
import { inventory, node, service, source } from '../fixtures.js';

const TEXT = `version: 1
defaults: { driver: docker }
services:
  news: { app: miniflux }
`;

const spec = (name: string) => ({ name, encoding: 'UTF8', collate: 'C', ctype: 'C' });

const like = (more: Partial<Likeness> = {}): Likeness => ({
  service: 'news',
  set: { id: '000012-20261128T023000Z', started: '2026-11-28T02:30:00Z', major: 15 },
  role: 'news_app',
  databases: [spec('news'), spec('news log')],
  server: { driver: 'docker', image: 'postgres:15-alpine', major: 15, owner: { uid: 70, gid: 70 } },
  offsite: 'b2',
  node: { id: '', name: '', volume: '' },
  ...{ extensions: ['vector'], needBytes: 1_000_000, freeBytes: null, again: { empty: [], provider: null } },
  ...more,
});

const gone = { code: 'SHARED_NOT_FOUND', text: 'Nomad knows no job postgresql', next: 'start it' };

const facts: ProvisionFacts = {
  ...{ kind: 'own-job', job: null, file: { path: 'jobs/news-postgres.nomad.hcl', exists: true }, spec: null },
  ...{ app: [], allocations: [], nodes: [node], ports: [], volumes: [], extensions: null, roles: [], secret: null },
  source: gone,
  ...{ dataVolume: null, asked: [], presetKnown: true, inventoryAdds: false, dependents: [] },
};

const plan = (of: Likeness, more: Partial<ProvisionFacts> = {}, text = TEXT) => {
  const as = { ...service('news', text), role: of.role };
  return buildProvisionPlan(
    inventory(text),
    as,
    { ...facts, ...more },
    { databases: [], role: null, restartShared: false },
    of,
  );
};

const blocked = (...args: Parameters<typeof plan>): string[] =>
  plan(...args)
    .findings.filter(({ level }) => level === 'blocked')
    .map(({ code }) => code);

describe('the plan of a service that is made again from its own copy', () => {
  it('keeps every name and goes over its own file, with no shared instance to be seen', () => {
    const { state, target, fill } = plan(like());
    expect(state).toBe('provision');
    expect(target).toMatchObject({ image: 'postgres:15-alpine', major: 15, role: 'news_app' });
    expect(fill).toMatchObject({
      role: { from: 'news_app', to: 'news_app' },
      databases: [
        { from: 'news', to: 'news' },
        { from: 'news log', to: 'news log' },
      ],
    });
  });

  it('is blocked by a file that is there where a new service is made, and by a volume that is a stranger', () => {
    const { again: _, ...fresh } = like({ databases: [spec('news')] });
    expect(blocked(fresh)).toContain('JOBSPEC_EXISTS');
    const volume = { id: 'v1', name: 'news_postgres_data', nodeId: node.id, state: 'ready' };
    expect(blocked(like(), { volumes: [volume] })).toEqual(['VOLUME_EXISTS']);
    expect(blocked(like(), { volumes: [volume], dataVolume: 'v1' })).toEqual([]);
  });

  it('passes a database of the shared instance that was seen empty, and no other', () => {
    const shared = source({ databases: ['postgres', 'news'], moving: [], sessions: [], roleSessionsIn: [] });
    expect(blocked(like(), { source: shared })).toEqual(['DATABASE_EXISTS']);
    expect(blocked(like({ again: { empty: ['news'], provider: null } }), { source: shared })).toEqual([]);
  });

  it('is blocked where the app asks for a database that the copy does not have', () => {
    const other = TEXT.replace('app: miniflux', 'app: miniflux, database: other');
    expect(blocked(like(), {}, other)).toEqual(['DATABASE_AMBIGUOUS']);
  });
});

const job = (image: string): NomadJob => ({
  ID: 'news',
  TaskGroups: [
    {
      Name: 'news',
      Services: [{ Name: 'news' }, { Name: 'news-postgres', Provider: 'consul' }],
      Volumes: {
        data: { Name: 'data', Type: 'host', Source: 'news_postgres_data' },
        backups: { Name: 'backups', Type: 'host', Source: 'db-backups' },
      },
      Tasks: [
        ...['db-backup', 'db-init'].map((Name) => ({ Name, Driver: 'docker' })),
        {
          Name: 'postgres',
          Driver: 'docker',
          Config: { image },
          Env: { PGPORT: '5437' },
          VolumeMounts: [
            { Volume: 'data', Destination: '/var/lib/postgresql/data' },
            { Volume: 'backups', Destination: '/backups' },
          ],
        },
      ],
    },
  ],
});

describe('what a jobspec tells of the lost database', () => {
  it('is driver, image, port and volumes; nothing for a job without one', () => {
    expect(seenPart(job('postgres:15-alpine'))).toEqual({
      ...{ driver: 'docker', image: 'postgres:15-alpine', port: 5437 },
      ...{ volume: 'news_postgres_data', backupVolume: 'db-backups', provider: 'consul' },
    });
    expect(
      seenPart({ ID: 'x', TaskGroups: [{ Name: 'x', Tasks: [{ Name: 'postgres', Driver: 'docker' }] }] }),
    ).toBeNull();
  });

  it('is told where it is not what would be made', () => {
    const seen = seenPart(job('postgres:16'));
    const volume = { label: 'd', kind: 'dynamic', source: 'news_postgres_data' } as const;
    const backupVolume = { label: 'b', kind: 'dynamic', source: 'db-backups' } as const;
    const target = {
      ...samplePart(),
      driver: 'docker',
      image: 'postgres:15',
      port: 5437,
      volume,
      backupVolume,
    } as const;
    expect(seen && partDifferences(seen, target)).toEqual(['image postgres:16, planned postgres:15']);
  });
});
