import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildProvisionPlan } from '../../../src/plan/provision/build-provision-plan.js';
import type { ProvisionFacts } from '../../../src/plan/provision/facts.js';
import { type Likeness, renamed, specsOf } from '../../../src/plan/provision/fill.js';
import { hostileText } from '../../support/hostile-text.js';
import { inventory, node, service, source } from '../fixtures.js';

const TEXT = `version: 1
defaults: { driver: docker }
services:
  news: { app: miniflux }
  copy: { app: miniflux }
`;

const like = (more: Partial<Likeness> = {}): Likeness => ({
  service: 'news',
  set: { id: '000012-20261128T023000Z', started: '2026-11-28T02:30:00Z', major: 15 },
  role: 'news',
  databases: [{ name: 'news', encoding: 'UTF8', collate: 'de_DE.UTF-8', ctype: 'de_DE.UTF-8' }],
  server: { driver: 'docker', image: 'postgres:15-alpine', major: 15, owner: { uid: 70, gid: 70 } },
  offsite: null,
  node: { id: node.id, name: node.name, volume: 'db-backups' },
  extensions: [],
  needBytes: 1_000_000,
  freeBytes: 1_000_000_000,
  ...more,
});

const facts: ProvisionFacts = {
  ...{ kind: 'own-job', job: null, file: { path: 'jobs/copy-postgres.nomad.hcl', exists: false }, spec: null },
  ...{ app: [], allocations: [], nodes: [node], ports: [], volumes: [], extensions: null, roles: [], secret: null },
  source: source({ databases: ['postgres'], moving: [], sessions: [], roleSessionsIn: [] }),
  ...{ dataVolume: null, asked: [], presetKnown: true, inventoryAdds: true, dependents: [] },
};

const plan = (of: Likeness, asked: readonly string[] = [], text = TEXT, more: Partial<ProvisionFacts> = {}) =>
  buildProvisionPlan(
    inventory(text),
    service('copy', text),
    { ...facts, ...more },
    { databases: asked, role: null, restartShared: false },
    of,
  );

const blocked = (...args: Parameters<typeof plan>): string[] =>
  plan(...args)
    .findings.filter(({ level }) => level === 'blocked')
    .map(({ code }) => code);

describe('the plan of a service that is filled from a backup', () => {
  it('has engine, image, major, encoding and owner of what was backed up, and names of its own', () => {
    const { state, target, owner, node: chosen, fill } = plan(like());
    expect(state).toBe('provision');
    expect(target).toMatchObject({
      ...{ image: 'postgres:15-alpine', major: 15, role: 'copy' },
      databases: [{ name: 'copy', encoding: 'UTF8', collate: 'de_DE.UTF-8', ctype: 'de_DE.UTF-8' }],
    });
    expect({ owner, chosen: chosen.id }).toEqual({ owner: { uid: 70, gid: 70 }, chosen: node.id });
    expect(fill).toMatchObject({
      ...{ from: 'news', set: '000012-20261128T023000Z', major: 15, offsite: null },
      role: { from: 'news', to: 'copy' },
      databases: [{ from: 'news', to: 'copy' }],
    });
  });

  it('is blocked by another major, a node or user that cannot read the set, and a disk without room', () => {
    const other = TEXT.replace('copy: { app: miniflux }', 'copy: { app: miniflux, image: "postgres:17" }');
    expect(blocked(like(), [], other)).toEqual(['MAJOR_DIFFERS', 'SET_ELSEWHERE']);
    expect(blocked(like({ set: { ...like().set, major: 14 } }))).toEqual(['MAJOR_DIFFERS']);
    expect(blocked(like({ node: { ...like().node, volume: 'elsewhere' } }))).toEqual(['SET_ELSEWHERE']);
    expect(blocked(like({ node: { ...like().node, volume: 'elsewhere' }, offsite: 'b2' }))).toEqual([]);
    expect(blocked(like({ needBytes: 2e9 }))).toEqual(['DISK_SHORT']);
    expect(blocked(like({ needBytes: 2e9, freeBytes: null }))).toEqual([]);
  });

  it('goes to the node of the set, and is blocked where nothing can be placed there', () => {
    const away = { ...node, id: 'other', name: 'other', free: { cpu: 99_000, memory: 99_000 } };
    expect(plan(like(), [], TEXT, { nodes: [away, node] }).node.id).toBe(node.id);
    expect(blocked(like(), [], TEXT, { nodes: [away] })).toContain('NO_NODE');
    expect(plan(like({ offsite: 'b2' }), [], TEXT, { nodes: [away, node] }).node.id).toBe('other');
  });

  it('needs an image that is known to have the extensions', () => {
    const image = TEXT.replace('copy: { app: miniflux }', 'copy: { app: miniflux, image: "postgres:15.2-alpine" }');
    expect(blocked(like({ extensions: ['plpgsql', 'vector'] }))).toEqual([]);
    expect(blocked(like({ extensions: ['plpgsql', 'vector'] }), [], image)).toEqual(['EXTENSION_MISSING']);
    expect(blocked(like({ extensions: ['plpgsql'] }), [], image)).toEqual([]);
    const sure = image.replace('image:', 'extensions: [vector], image:');
    expect(blocked(like({ extensions: ['vector'] }), [], sure)).toEqual([]);
  });

  it("does not take the server's own superuser or database for somebody's", () => {
    expect(blocked(like({ role: 'postgres' }))).toEqual(['BACKUP_OF_SYSTEM']);
    const databases = [{ name: 'postgres', encoding: 'UTF8', collate: 'C', ctype: 'C' }];
    expect(blocked(like({ databases }))).toEqual(['BACKUP_OF_SYSTEM']);
  });
});

describe('which database becomes which', () => {
  const of = (...names: string[]): Likeness =>
    like({ databases: names.map((name) => ({ name, encoding: 'UTF8', collate: 'C', ctype: 'C' })) });

  it('of one is a matter of the new name, of several they keep their own', () => {
    expect(renamed(of('a'), [], 'new')).toEqual([{ from: 'a', to: 'new' }]);
    expect(renamed(of('a'), ['b'], 'new')).toEqual([{ from: 'a', to: 'b' }]);
    expect(renamed(of('a'), ['b', 'c'], 'new')).toBeNull();
    expect(renamed(of('a', 'b'), [], 'new')?.map(({ to }) => to)).toEqual(['a', 'b']);
    expect(renamed(of('a', 'b'), ['b', 'a'], 'new')).toEqual([
      { from: 'b', to: 'b' },
      { from: 'a', to: 'a' },
    ]);
    expect(renamed(of('a', 'b'), ['a', 'c'], 'new')).toBeNull();
  });

  it('takes no database twice and leaves none out, whatever they are called', () => {
    const names = fc.uniqueArray(hostileText(), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(names, fc.array(hostileText(), { maxLength: 5 }), hostileText(), (all, told, fallback) => {
        const pairs = renamed(of(...all), told, fallback);
        if (pairs === null) return;
        expect(pairs.map(({ from }) => from).sort()).toEqual([...all].sort());
        expect(specsOf(of(...all), pairs)).toHaveLength(all.length);
        if (all.length > 1) for (const { from, to } of pairs) expect(to).toBe(from);
      }),
    );
  });
});
