import { z } from 'zod';

const table = z.object({
  k: z.literal('table'),
  schema: z.string(),
  name: z.string(),
  /** The table whose hash partitions count as one; absent in evidence of before. */
  tree: z.object({ schema: z.string(), name: z.string() }).nullish(),
  rows: z.number().int().nonnegative(),
  digest: z.string(),
});
const sequence = z.object({
  k: z.literal('sequence'),
  schema: z.string(),
  name: z.string(),
  last_value: z.string().regex(/^-?\d+$/),
  is_called: z.boolean(),
  increment: z.string().regex(/^-?\d+$/),
  cycle: z.boolean(),
});
const largeObjects = z.object({
  k: z.literal('largeobjects'),
  count: z.number().int(),
  bytes: z.number(),
  digest: z.string(),
});
const largeObject = z.object({
  k: z.literal('largeobject'),
  oid: z.string(),
  owner: z.string(),
  acl: z.string(),
  bytes: z.number(),
  sha256: z.string(),
});
const catalog = z.object({ k: z.literal('catalog'), kind: z.string(), name: z.string(), def: z.string() });
/** Database-level facts, settings of the database, and roles that the database's objects name. */
const fact = z.object({ k: z.enum(['database', 'setting', 'role']), name: z.string(), def: z.string() });
const meta = z.object({
  k: z.literal('meta'),
  schema: z.literal('dbctl.evidence/1'),
  server_version_num: z.number().int(),
  bootstrap: z.string(),
  tables: z.number().int(),
  sequences: z.number().int(),
});

/** One line that evidence.sql prints. */
export const evidenceLine = z.discriminatedUnion('k', [
  table,
  sequence,
  largeObjects,
  largeObject,
  catalog,
  fact,
  meta,
]);

export type EvidenceLine = z.infer<typeof evidenceLine>;
export type TableLine = z.infer<typeof table>;
export type SequenceLine = z.infer<typeof sequence>;
export type LargeObjectsLine = z.infer<typeof largeObjects>;
export type LargeObjectLine = z.infer<typeof largeObject>;
export type CatalogLine = z.infer<typeof catalog>;
export type FactLine = z.infer<typeof fact>;
export type MetaLine = z.infer<typeof meta>;
