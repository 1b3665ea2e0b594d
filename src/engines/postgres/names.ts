import { createHash } from 'node:crypto';
import { DbctlError } from '../../errors/dbctl-error.js';

/** PostgreSQL cuts names silently after 63 bytes (NAMEDATALEN - 1). */
const MAX_BYTES = 63;

const RUN = /^[0-9]{8}-[0-9]{6}-[a-z0-9]{4}$/;

function cutToBytes(text: string, bytes: number): string {
  let cut = '';
  for (const char of text) {
    if (Buffer.byteLength(cut + char) > bytes) break;
    cut += char;
  }
  return cut;
}

/** A name that has to be cut keeps a hash of the whole: two databases of one service often begin alike. */
function withSuffix(database: string, suffix: string): string {
  const room = MAX_BYTES - Buffer.byteLength(suffix);
  if (Buffer.byteLength(database) <= room) return database + suffix;
  const hash = `_${createHash('sha256').update(database).digest('hex').slice(0, 8)}`;
  return cutToBytes(database, room - hash.length) + hash + suffix;
}

function runPart(run: string): string {
  if (!RUN.test(run)) throw new DbctlError('NAME_UNSAFE', 'this is not a run id', { value: run });
  return run.replaceAll('-', '_');
}

/** Name that the source database gets when it is put aside: `app__old_20261120_211530_ab12`. */
export const tombstoneName = (database: string, run: string): string => withSuffix(database, `__old_${runPart(run)}`);

/** Name of the database on the shared instance that a rollback restores into before it is renamed in. */
export const backName = (database: string, run: string): string => withSuffix(database, `__back_${runPart(run)}`);

/** Name of the database that a backup is restored into, beside the live one. */
export const restoreName = (database: string, run: string): string => withSuffix(database, `__restore_${runPart(run)}`);

/** Name that the live database gets when a restored one takes its place. */
export const beforeName = (database: string, run: string): string => withSuffix(database, `__before_${runPart(run)}`);

/** Name of the run's temporary role on the shared instance. */
export const roleName = (run: string): string => `dbctl_${runPart(run)}`;

const PUT_ASIDE = /__(?:old|back|restore|before)_\d{8}_\d{6}_[a-z2-7]{4}$/;

/** True for a database that a run of dbctl made or put aside under one of the names above. */
export const isPutAside = (database: string): boolean => PUT_ASIDE.test(database);
