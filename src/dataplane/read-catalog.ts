import { z } from 'zod';
import { DbctlError } from '../errors/dbctl-error.js';
import type { AllocsPort } from '../ports/nomad.js';
import { BACKUP_KINDS, type BackupCatalog, type BackupManifest } from '../report/backup-catalog.js';
import { BACKUP_ID } from './backup-id.js';

/** Below the allocation, as the fs API names it. */
export const CATALOG_PATH = 'alloc/dbctl/backups/catalog.json';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const bytes = z.number().int().nonnegative();
const kind = z.enum(BACKUP_KINDS);

const receipt = z.object({
  schema: z.literal('dbctl.receipt/1'),
  target: z.string(),
  id: z.string(),
  at: z.string(),
  prefix: z.string(),
  encrypted: z.boolean(),
  verified: z.boolean(),
  files: bytes,
  bytes,
});

const manifest = z.object({
  schema: z.literal('dbctl.backup/1'),
  id: z.string().regex(BACKUP_ID),
  counter: z.number().int().positive(),
  service: z.string(),
  kind,
  started: z.string(),
  finished: z.string(),
  server: z.object({ systemIdentifier: z.string(), version: z.number().int(), pgDump: z.string() }),
  databases: z.array(
    z.object({
      database: z.string(),
      oid: z.number().int(),
      folder: z.string(),
      sizeBytes: bytes,
      bytes,
      tables: bytes,
      rows: bytes,
      manifestSha256: sha256,
      evidenceSha256: sha256,
    }),
  ),
  files: z.array(z.object({ path: z.string(), bytes, sha256 })),
  bytes,
});

const catalog = z.object({
  schema: z.literal('dbctl.catalog/1'),
  service: z.string(),
  written: z.string(),
  schedule: z.string().nullable(),
  zone: z.string().nullable(),
  problem: z.string().nullable(),
  sets: z.array(manifest.extend({ pinned: z.boolean(), receipts: z.array(receipt) })),
  attempts: z.array(
    z.object({
      at: z.string(),
      seconds: z.number().nonnegative(),
      kind,
      status: z.enum(['ok', 'failed', 'offsite-failed']),
      id: z.string().nullable(),
      error: z.string().nullable(),
    }),
  ),
  drills: z
    .array(
      z.object({
        at: z.string(),
        status: z.string(),
        seconds: z.number().nonnegative().optional(),
        rtoSeconds: z.number().nonnegative().nullable().optional(),
        budgetSeconds: z.number().nonnegative().nullable().optional(),
        codes: z.array(z.string()).optional(),
        set: z.object({ id: z.string() }).nullable().optional(),
      }),
    )
    .optional(),
}) satisfies z.ZodType<BackupCatalog>;

/** The manifest of one set. Throws ARTIFACT_CORRUPT for a text that is none of this version. */
export function parseBackupManifest(text: string, where: string): BackupManifest {
  try {
    return manifest.parse(JSON.parse(text));
  } catch (cause) {
    throw new DbctlError('ARTIFACT_CORRUPT', 'the manifest of the backup cannot be read by this version of dbctl', {
      where,
      cause,
    });
  }
}

/** Throws ARTIFACT_CORRUPT for a text that is no catalog of this version. */
export function parseCatalog(text: string, where: string): BackupCatalog {
  try {
    return catalog.parse(JSON.parse(text));
  } catch (cause) {
    throw new DbctlError('ARTIFACT_CORRUPT', 'the catalog of backups cannot be read by this version of dbctl', {
      where,
      cause,
    });
  }
}

/** `undefined` while the toolbox has not written one: it was rendered before there were schedules, or has just started. */
export async function readCatalog(
  nomad: Pick<AllocsPort, 'readFile'>,
  allocId: string,
  path: string = CATALOG_PATH,
): Promise<BackupCatalog | undefined> {
  const text = await nomad.readFile(allocId, path);
  return text === undefined ? undefined : parseCatalog(text, `${path} of allocation ${allocId.slice(0, 8)}`);
}
