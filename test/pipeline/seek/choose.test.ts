import { describe, expect, it } from 'vitest';
import { copyFolder } from '../../../src/dataplane/backup-id.js';
import { readCopies } from '../../../src/dataplane/read-copies.js';
import { chooseCopies } from '../../../src/pipeline/seek/choose.js';

interface Made {
  readonly counter: number;
  readonly finished: string;
  readonly service?: string;
  /** Left out of what the target has. */
  readonly lost?: string;
}

const FILES = [
  { path: 'one/dump/database.dump.age', bytes: 500, sha256: 'a'.repeat(64) },
  { path: 'manifest.json.age', bytes: 90, sha256: 'b'.repeat(64) },
];

const idOf = ({ counter, finished }: Made): string =>
  `${String(counter).padStart(6, '0')}-${finished.replaceAll(/[-:]/g, '')}`;

const indexOf = (made: Made): string =>
  JSON.stringify({
    ...{ schema: 'dbctl.offsite/1', id: idOf(made), service: made.service ?? 'shop', counter: made.counter },
    ...{ kind: 'scheduled', finished: made.finished, encrypted: true, files: FILES },
  });

const objectsOf = (made: Made): string[] =>
  [...FILES, { path: 'index.json', bytes: 700 }]
    .filter(({ path }) => path !== made.lost)
    .map(({ path, bytes }) => `${bytes} ${copyFolder(idOf(made))}/${path}`);

const at = (folder: string, made: readonly Made[]) => ({
  folder,
  copies: readCopies(folder, made.flatMap(objectsOf).join('\n'), made.map(indexOf).join('\n')),
});

const shop = (...made: Made[]) => at('shop', made);
const old = { counter: 7, finished: '2026-11-26T02:30:00Z' };
const last = { counter: 8, finished: '2026-11-27T02:30:00Z' };
const ANY = { id: null, at: null };

describe('the copies that a target tells of', () => {
  it('are those with an index of this service and version, each with where it lies and what it lacks', () => {
    const [copy, ...more] = shop(last).copies;
    expect(more).toEqual([]);
    expect(copy).toMatchObject({ prefix: `shop/2026/11/27/${idOf(last)}`, bytes: 590, encrypted: true, lacks: [] });
    expect(shop({ ...last, lost: 'manifest.json.age' }).copies[0]?.lacks).toEqual(['manifest.json.age']);
    expect(shop({ ...last, service: 'shop2' }).copies).toEqual([]);
    expect(shop({ ...last, lost: 'index.json' }).copies).toEqual([]);
    expect(readCopies('shop', objectsOf(last).join('\n'), indexOf(last).slice(0, -4))).toEqual([]);
  });

  it('count as cut where an object has another size', () => {
    const objects = objectsOf(last).join('\n').replace('500 ', '499 ');
    expect(readCopies('shop', objects, indexOf(last))[0]?.lacks).toEqual(['one/dump/database.dump.age']);
  });
});

describe('the copy to rebuild from', () => {
  const choose = (
    own: ReturnType<typeof at>,
    wanted = ANY as { id: string | null; at: string | null },
    shared = NONE,
  ) => chooseCopies('shop', { own, shared }, wanted);
  const NONE: ReturnType<typeof at>[] = [];

  it('is the newest by its counter, whatever a clock said', () => {
    const early = { counter: 9, finished: '2026-11-25T02:30:00Z' };
    expect(choose(shop(old, last, early)).copies.map(({ counter }) => counter)).toEqual([9]);
  });

  it('is never one that is not all there; what is passed over is told', () => {
    const { copies, passed } = choose(shop(old, { ...last, lost: 'one/dump/database.dump.age' }));
    expect(copies.map(({ id }) => id)).toEqual([idOf(old)]);
    expect(passed.join()).toContain(
      `${idOf(last)}, finished ${last.finished}, is not whole: one/dump/database.dump.age`,
    );
  });

  it('is the one of that id, or the newest of that time', () => {
    expect(choose(shop(old, last), { id: idOf(old), at: null }).copies[0]?.id).toBe(idOf(old));
    expect(choose(shop(old, last), { id: null, at: '2026-11-26T12:00:00Z' }).copies[0]?.id).toBe(idOf(old));
    expect(() => choose(shop(old), { id: idOf(last), at: null })).toThrow(
      expect.objectContaining({ code: 'BACKUP_NOT_FOUND', exitCode: 3, details: [expect.stringContaining(idOf(old))] }),
    );
  });

  it('is that of the shared instance where it is newer or the only one, with every database or none', () => {
    const of = (folder: string, ...made: Made[]) =>
      at(
        folder,
        made.map((one) => ({ ...one, service: folder })),
      );
    const later = { counter: 2, finished: '2026-11-28T02:30:00Z' };
    const both = [of('pg/a', later), of('pg/b', { ...later, counter: 5 })];
    expect(choose(shop(), ANY, both).copies.map(({ service }) => service)).toEqual(['pg/a', 'pg/b']);
    expect(choose(shop(last), ANY, both).copies.map(({ service }) => service)).toEqual(['pg/a', 'pg/b']);
    expect(choose(shop(last), ANY, [of('pg/a', old)]).copies.map(({ service }) => service)).toEqual(['shop']);
    expect(choose(shop(last), ANY, [of('pg/a', later), of('pg/b')]).copies.map(({ service }) => service)).toEqual([
      'shop',
    ]);
    expect(() => choose(shop(), ANY, [of('pg/a', later), of('pg/b')])).toThrow(
      expect.objectContaining({ code: 'BACKUP_NOT_FOUND' }),
    );
  });
});
