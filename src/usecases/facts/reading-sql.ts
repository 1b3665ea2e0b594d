import { isDbctlError } from '../../errors/dbctl-error.js';
import type { SqlPort } from '../../ports/sql.js';

const TRIES = 4;

/** For scripts that only read: asked again when the connection was lost and the script is over. */
export const readingSql = (sql: SqlPort): SqlPort => ({
  async run(target, script, options) {
    for (let left = TRIES; ; left--) {
      try {
        return await sql.run(target, script, options);
      } catch (error) {
        if (!isDbctlError(error, 'EXEC_LOST') || left === 1) throw error;
      }
    }
  },
});
