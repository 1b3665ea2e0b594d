import { DbctlError } from '../../errors/dbctl-error.js';
import { lineOf } from './hcl-file.js';

/** JOBSPEC_UNSUPPORTED at a place of the file. `value` must not hold more than the place itself shows. */
export function unsupported(source: string, offset: number, message: string, next?: string): never {
  throw new DbctlError('JOBSPEC_UNSUPPORTED', message, {
    where: `line ${lineOf(source, offset)}`,
    ...(next === undefined ? {} : { next }),
  });
}
