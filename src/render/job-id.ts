import { isDbctlError } from '../errors/dbctl-error.js';
import { blocksOf } from './splice/hcl-file.js';
import type { Hcl } from './splice/load-hcl.js';

/** The job a text is the jobspec of; `undefined` for any other text, HCL or not. */
export function jobIdOf(hcl: Hcl, text: string): string | undefined {
  try {
    const [job, other] = blocksOf(hcl.parse(text), 'job');
    return other === undefined ? job?.labels[0] : undefined;
  } catch (error) {
    if (isDbctlError(error, 'JOBSPEC_UNPARSABLE')) return undefined;
    throw error;
  }
}
