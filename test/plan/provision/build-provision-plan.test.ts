import { describe, expect, it } from 'vitest';
import { buildProvisionPlan } from '../../../src/plan/provision/build-provision-plan.js';
import { chooseNode } from '../../../src/plan/provision/choose-node.js';
import type { ProvisionFacts } from '../../../src/plan/provision/facts.js';
import { environment, inventory, job, node, service, source } from '../fixtures.js';

const TEXT = `version: 1
defaults: { driver: docker }
services:
  news: { app: miniflux }
`;

const facts = (more: Partial<ProvisionFacts> = {}): ProvisionFacts => ({
  kind: 'own-job',
  job: null,
  file: { path: 'jobs/news-postgres.nomad.hcl', exists: false },
  spec: null,
  app: [],
  allocations: [],
  nodes: [node],
  ports: [{ port: 5433, node: 'node-1', owner: 'job speedtest (port db)' }],
  volumes: [],
  source: source({ databases: ['postgres', 'gitea'], moving: [], sessions: [], roleSessionsIn: [] }),
  extensions: null,
  roles: [],
  secret: null,
  dataVolume: null,
  asked: [],
  presetKnown: true,
  inventoryAdds: true,
  dependents: [],
  ...more,
});

const plan = (more: Partial<ProvisionFacts> = {}, text = TEXT) =>
  buildProvisionPlan(inventory(text), service('news', text), facts(more), {
    databases: [],
    role: null,
    restartShared: false,
  });

const codes = (more: Partial<ProvisionFacts>, text = TEXT): string[] =>
  plan(more, text)
    .findings.filter(({ level }) => level === 'blocked')
    .map(({ code }) => code);

describe('the plan of a provision', () => {
  it('takes a free port, the service as name, UTF8 and the image of the shared instance', () => {
    const { state, job: planned, target, owner, node: chosen } = plan();
    expect({ state, id: planned.id, index: planned.modifyIndex }).toEqual({
      state: 'provision',
      id: 'news-postgres',
      index: 0,
    });
    expect(target).toMatchObject({
      port: 5434,
      role: 'news',
      image: 'postgres:16-alpine',
      databases: [{ name: 'news', encoding: 'UTF8', collate: 'C.UTF-8', ctype: 'C.UTF-8' }],
    });
    expect({ owner, chosen: chosen.name }).toEqual({ owner: { uid: 70, gid: 70 }, chosen: 'node-1' });
    expect(JSON.stringify(plan())).toBe(JSON.stringify(plan()));
  });

  it('refuses what would hide or overwrite something', () => {
    const volume = { id: 'v1', name: 'news_postgres_data', nodeId: node.id, state: 'ready' };
    expect(codes({ source: source({ databases: ['news'], moving: [] }) })).toEqual(['DATABASE_EXISTS']);
    expect(codes({ volumes: [volume] })).toEqual(['VOLUME_EXISTS']);
    expect(codes({ volumes: [volume], dataVolume: 'v1' })).toEqual([]);
    expect(codes({ file: { path: 'jobs/x.nomad.hcl', exists: true } })).toEqual(['JOBSPEC_EXISTS']);
    expect(codes({ job: job({ ID: 'news-postgres' }) })).toEqual(['JOB_EXISTS']);
    const found = { keys: ['password'], flaw: null, plain: true } as const;
    expect(codes({ secret: { ...found, keys: ['token'] } })).toEqual(['VAULT_KEY_MISSING']);
    expect(codes({ secret: { ...found, flaw: 'line-break' } })).toEqual(['PASSWORD_LINE_BREAK']);
    expect(codes({ secret: { ...found, flaw: 'empty' } })).toEqual(['PASSWORD_EMPTY']);
    expect(codes({ secret: { ...found, plain: false } })).not.toContain('PASSWORD_QUOTING');
    expect(codes({ kind: 'shared', file: { path: 'x', exists: true }, roles: ['news'] })).toEqual(['ROLE_EXISTS']);
  });

  it('refuses an extension that the image is known not to have, and says when it cannot know', () => {
    const text = TEXT.replace('miniflux', 'miniflux, extensions: [vector]');
    expect(codes({ extensions: ['plpgsql'] }, text)).toEqual(['EXTENSION_MISSING']);
    expect(codes({ extensions: ['vector'] }, text)).toEqual([]);
    expect(plan({}, text).findings.map(({ code }) => code)).toContain('EXTENSION_UNCHECKED');
  });

  it('never lets a running app with a database elsewhere wake up on an empty one', () => {
    const allocation = {
      id: 'a1',
      group: 'speedtest',
      nodeId: node.id,
      nodeName: node.name,
      jobVersion: 1,
      address: null,
      clientStatus: 'running',
      pendingTasks: [],
    };
    const splice = { kind: 'splice', spec: job(), file: { path: 'x', exists: true } } as const;
    const elsewhere = { app: [environment({ host: '10.9.9.9', databases: ['news'] })], allocations: [allocation] };
    expect(codes({ ...splice, ...elsewhere })).toEqual(['APP_IN_USE']);
    expect(codes({ ...splice, ...elsewhere, allocations: [] })).toEqual([]);
    expect(codes({ ...splice, app: [] })).toEqual(['TASK_NOT_FOUND']);
    expect(codes({ ...splice, app: elsewhere.app, asked: ['other'] })).toEqual(['DATABASE_AMBIGUOUS']);
  });

  it('says of every node why it cannot take the database', () => {
    const poor = { ...node, free: { cpu: 10, memory: 10 }, drivers: ['exec'] };
    const found = plan({ nodes: [poor] }).findings.find(({ code }) => code === 'NO_NODE');
    expect(found?.next).toContain('has no healthy docker driver, has 10 MiB free');
  });
});

describe('the node of a new database', () => {
  const need = {
    driver: 'docker',
    volume: { label: 'v', kind: 'dynamic', source: 'news_postgres_data' },
    adds: { cpu: 100, memory: 100 },
    pinned: null,
  } as const;
  const other = { ...node, id: 'b', name: 'node-0' };

  it('is the one with most room; equal ones go by name', () => {
    expect(chooseNode([node, other], [], need)?.name).toBe('node-0');
    expect(chooseNode([{ ...node, free: { cpu: 3000, memory: 9999 } }, other], [], need)?.name).toBe('node-1');
  });

  it('is where the app or the volume is, whatever room is elsewhere', () => {
    expect(chooseNode([node, other], [], { ...need, pinned: node.id })?.name).toBe('node-1');
    const volume = { id: 'v', name: 'news_postgres_data', nodeId: node.id, state: 'ready' };
    expect(chooseNode([node, other], [volume], need)?.name).toBe('node-1');
  });
});
