import { z } from 'zod';
import { DbctlError } from '../errors/dbctl-error.js';

const source = z.object({
  database: z.string(),
  encoding: z.string(),
  collate: z.string(),
  ctype: z.string(),
  owner: z.string(),
});

/** A database as it was when it was dumped. */
export type BackedUpSource = z.infer<typeof source>;

const manifest = z.object({ schema: z.literal('dbctl.manifest/1'), source });

/** Of the manifest beside a dump. Throws ARTIFACT_CORRUPT for a text that is none of this version. */
export function parseDumpSource(text: string, where: string): BackedUpSource {
  try {
    return manifest.parse(JSON.parse(text)).source;
  } catch (cause) {
    throw new DbctlError('ARTIFACT_CORRUPT', 'the manifest of the dump cannot be read by this version of dbctl', {
      where,
      cause,
    });
  }
}
