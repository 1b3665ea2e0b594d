import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseSet, startedOf } from '../../../src/pipeline/restore/choose.js';
import type { BackupCatalog } from '../../../src/report/backup-catalog.js';

type CatalogSet = BackupCatalog['sets'][number];

const set = (counter: number, finished: string, more: Partial<CatalogSet> = {}): CatalogSet => ({
  schema: 'dbctl.backup/1',
  id: `${String(counter).padStart(6, '0')}-${finished.replace(/[-:]|\.\d+/g, '')}`,
  ...{ counter, service: 'app', kind: 'scheduled', started: finished, finished, bytes: 1, files: [], databases: [] },
  server: { systemIdentifier: '1', version: 170000, pgDump: '' },
  ...{ pinned: false, receipts: [] },
  ...more,
});
const receipt = (target: string, id: string, verified = true): CatalogSet['receipts'][number] => ({
  schema: 'dbctl.receipt/1',
  ...{ target, id, at: '', prefix: `app/2026/11/27/${id}`, encrypted: false, verified, files: 1, bytes: 1 },
});
const catalog = (sets: readonly CatalogSet[]): BackupCatalog => ({
  schema: 'dbctl.catalog/1',
  ...{ service: 'app', written: '', schedule: null, zone: null, problem: null, sets, attempts: [] },
});
const any = { id: null, at: null, offsite: null };
const choose = (sets: readonly CatalogSet[], wanted: Partial<typeof any> | Record<string, string>) =>
  chooseSet('app', catalog(sets), { ...any, ...wanted });

const one = set(1, '2026-11-26T02:30:00Z');
const two = set(2, '2026-11-27T02:30:00Z');
const three = set(3, '2026-11-28T02:30:00Z');

describe('which backup is restored', () => {
  it('the newest by counter, whatever the clock said then', () => {
    const jumped = set(4, '2020-01-01T00:00:00Z');
    expect(choose([three, jumped, one], {}).id).toBe(jumped.id);
    fc.assert(
      fc.property(fc.shuffledSubarray([one, two, three, jumped], { minLength: 1 }), (some) => {
        const newest = Math.max(...some.map(({ counter }) => counter));
        expect(choose(some, {}).id.startsWith(String(newest).padStart(6, '0'))).toBe(true);
      }),
    );
  });

  it('the newest that was finished by a time, to the second', () => {
    expect(choose([one, two, three], { at: '2026-11-28T02:29:59Z' }).id).toBe(two.id);
    expect(choose([one, two, three], { at: '2026-11-28T03:30:00+01:00' }).id).toBe(three.id);
    expect(() => choose([one], { at: '2026-11-25T00:00:00Z' })).toThrow('no such backup');
  });

  it('the one that is named, and no other one', () => {
    expect(choose([one, two, three], { id: two.id }).started).toBe(two.started);
    expect(() => choose([one, three], { id: two.id })).toThrow(expect.objectContaining({ code: 'BACKUP_NOT_FOUND' }));
  });

  it('for a drill also a copy that was only written: the drill reads it back', () => {
    const blind = { ...three, receipts: [receipt('b2', three.id, false)] };
    const wanted = { ...any, offsite: 'b2', drill: true };
    expect(chooseSet('app', catalog([two, blind]), wanted).id).toBe(three.id);
    const none = (): unknown => chooseSet('app', catalog([two]), wanted);
    expect(none).toThrow(expect.objectContaining({ next: 'dbctl drill app --offsite b2 --from <id>' }));
  });

  it('was begun when its manifest says, or as its name says where nothing else does', () => {
    expect(startedOf({ id: two.id, started: '2026-11-27T02:29:00Z' })).toBe('2026-11-27T02:29:00Z');
    expect(startedOf({ id: '000042-20261128T023059Z', started: null })).toBe('2026-11-28T02:30:59Z');
    expect(startedOf({ id: 'mine', started: null })).toBeNull();
  });

  it('off-site only what was read back there, with its place', () => {
    const sent = { ...two, receipts: [receipt('b2', two.id)] };
    const blind = { ...three, receipts: [receipt('b2', three.id, false)] };
    expect(choose([one, sent, blind], { offsite: 'b2' })).toMatchObject({
      id: two.id,
      prefix: `app/2026/11/27/${two.id}`,
    });
    expect(() => choose([one, three], { offsite: 'b2' })).toThrow('there is no backup');
  });

  it('a copy that no catalog knows by its name alone: the volume may be gone', () => {
    const found = chooseSet('app', undefined, { id: two.id, at: null, offsite: 'b2' });
    expect(found).toEqual({
      id: two.id,
      started: null,
      finished: null,
      prefix: `app/2026/11/27/${two.id}`,
      bytes: null,
    });
    for (const id of ['../../x', '000001', 'latest', '1-20261127T023000Z'])
      expect(() => chooseSet('app', undefined, { id, at: null, offsite: 'b2' })).toThrow(
        expect.objectContaining({ code: 'USAGE' }),
      );
  });

  it('none while there is no catalog, and that is said', () => {
    expect(() => chooseSet('app', undefined, any)).toThrow('no catalog');
  });
});
