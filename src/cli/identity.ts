import { DbctlError } from '../errors/dbctl-error.js';
import type { FilesPort } from '../ports/files.js';
import { Secret } from '../shared/secret.js';

/** An age key from a file of the operator. Throws USAGE when there is none in it. */
export async function identityFrom(files: FilesPort, path: string): Promise<Secret> {
  const text = await files.read(path);
  // Comments say when it was made and who may encrypt to it; the key itself is never shown.
  if (text !== undefined && /^AGE-(?:SECRET-KEY|PLUGIN)-/m.test(text)) return new Secret(text);
  throw new DbctlError(
    'USAGE',
    text === undefined ? 'the file of the age key does not exist' : 'this file holds no age key',
    {
      where: '--identity',
      value: path,
      next: 'the file that age-keygen wrote, with a line AGE-SECRET-KEY-…',
    },
  );
}
