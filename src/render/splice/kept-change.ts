import { z } from 'zod';
import { DbctlError } from '../../errors/dbctl-error.js';

const schema = z.strictObject({
  task: z.string(),
  place: z.enum(['env', 'template', 'file']),
  key: z.string(),
  form: z.enum(['host', 'port', 'host:port', 'url', 'dsn.host', 'dsn.port', 'lines']),
  from: z.string(),
  to: z.string(),
});

/** A change to the app's settings as the marked part keeps it. `lines`: whole template lines, not one right side. */
export type KeptChange = z.infer<typeof schema>;

/** JSON on one line: whatever the original holds, it cannot leave the comment. */
export const keptLine = (kept: KeptChange): string => `# was ${JSON.stringify(kept)}`;

/** Throws JOBSPEC_UNSUPPORTED for a line that dbctl did not write. */
export function readKeptLine(line: string, where: string): KeptChange {
  try {
    return schema.parse(JSON.parse(line.replace(/^# was /, '')));
  } catch (cause) {
    throw new DbctlError('JOBSPEC_UNSUPPORTED', 'a line that keeps an original value was damaged', { where, cause });
  }
}
