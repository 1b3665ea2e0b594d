import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto';
import { Secret } from '../../shared/secret.js';
import { saslPrep } from './saslprep.js';

/** PostgreSQL's own default, https://www.postgresql.org/docs/16/runtime-config-connection.html#GUC-SCRAM-ITERATIONS */
const DEFAULT_ITERATIONS = 4096;

const VERIFIER = /^SCRAM-SHA-256\$(\d+):([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+):([A-Za-z0-9+/=]+)$/;

interface Keys {
  readonly stored: Buffer;
  readonly server: Buffer;
}

// RFC 5802 section 3: StoredKey and ServerKey.
function keys(password: string, salt: Uint8Array, iterations: number): Keys {
  const salted = pbkdf2Sync(saslPrep(password), salt, iterations, 32, 'sha256');
  const client = createHmac('sha256', salted).update('Client Key').digest();
  const server = createHmac('sha256', salted).update('Server Key').digest();
  return { stored: createHash('sha256').update(client).digest(), server };
}

/**
 * What PostgreSQL stores for a password; given to CREATE ROLE … PASSWORD, so that no clear password reaches the server's log.
 * `salt` is 16 random bytes.
 */
export function scramVerifier(password: Secret, options: { salt: Uint8Array; iterations?: number }): Secret {
  const iterations = options.iterations ?? DEFAULT_ITERATIONS;
  const { stored, server } = keys(password.reveal(), options.salt, iterations);
  const salt = Buffer.from(options.salt).toString('base64');
  return new Secret(`SCRAM-SHA-256$${iterations}:${salt}$${stored.toString('base64')}:${server.toString('base64')}`);
}

export type VerifierKind = 'scram' | 'md5' | 'none' | 'unknown';

export function verifierKind(verifier: Secret | undefined): VerifierKind {
  const text = verifier?.reveal() ?? '';
  if (text === '') return 'none';
  if (VERIFIER.test(text)) return 'scram';
  return /^md5[0-9a-f]{32}$/.test(text) ? 'md5' : 'unknown';
}

/** Whether a password belongs to a stored SCRAM verifier. Other kinds of verifier never match. */
export function matchesVerifier(password: Secret, verifier: Secret): boolean {
  const [, iterations, salt, stored, server] = VERIFIER.exec(verifier.reveal()) ?? [];
  if (iterations === undefined || salt === undefined || stored === undefined || server === undefined) return false;
  const made = keys(password.reveal(), Buffer.from(salt, 'base64'), Number(iterations));
  const equal = (a: Buffer, text: string): boolean => {
    const b = Buffer.from(text, 'base64');
    return a.length === b.length && timingSafeEqual(a, b);
  };
  return equal(made.stored, stored) && equal(made.server, server);
}
