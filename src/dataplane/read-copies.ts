import { z } from 'zod';
import { BACKUP_KINDS } from '../report/backup-catalog.js';
import { BACKUP_ID, copyFolder } from './backup-id.js';

const index = z.object({
  schema: z.literal('dbctl.offsite/1'),
  id: z.string().regex(BACKUP_ID),
  /** `<job>/<database>` of the shared instance's. */
  service: z.string(),
  counter: z.number().int().positive(),
  kind: z.enum(BACKUP_KINDS),
  finished: z.string().refine((text) => Number.isFinite(Date.parse(text))),
  encrypted: z.boolean(),
  files: z.array(z.object({ path: z.string(), bytes: z.number().int().nonnegative(), sha256: z.string() })).min(1),
});

export type CopyIndex = z.infer<typeof index>;

/** A copy as a target tells of it, without anything of it being fetched but its index. */
export interface SeenCopy extends CopyIndex {
  /** Below the target's own path. */
  readonly prefix: string;
  readonly bytes: number;
  /** What the index names and the target does not have, or has in another size. */
  readonly lacks: readonly string[];
}

/**
 * `objects`: lines `<bytes> <path>` below the folder of `service`; `indexes`: one index on each line. An index that is cut, of
 * another service or of another version is no copy. Oldest first, by counter.
 */
export function readCopies(service: string, objects: string, indexes: string): SeenCopy[] {
  const sizes = new Map(linesOf(objects).flatMap(sizeOf));
  return linesOf(indexes)
    .flatMap(parsed)
    .filter((one) => one.service === service && sizes.has(`${copyFolder(one.id)}/index.json`))
    .map((one) => seen(one, sizes))
    .toSorted((a, b) => a.counter - b.counter);
}

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '');

const sizeOf = (line: string): [string, number][] => {
  const [, size, path] = /^(\d+) (.+)$/.exec(line) ?? [];
  return path === undefined ? [] : [[path, Number(size)]];
};

function parsed(line: string): CopyIndex[] {
  try {
    return [index.parse(JSON.parse(line))];
  } catch {
    return [];
  }
}

function seen(one: CopyIndex, sizes: ReadonlyMap<string, number>): SeenCopy {
  const folder = copyFolder(one.id);
  const lacks = one.files.filter(({ path, bytes }) => sizes.get(`${folder}/${path}`) !== bytes).map(({ path }) => path);
  const manifest = one.files.some(({ path }) => path === 'manifest.json' || path === 'manifest.json.age');
  return {
    ...one,
    prefix: `${one.service}/${folder}`,
    bytes: one.files.reduce((all, { bytes }) => all + bytes, 0),
    lacks: manifest ? lacks : ['manifest.json', ...lacks],
  };
}
