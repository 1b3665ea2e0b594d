import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto';
import { Secret } from '../../shared/secret.js';

/** PostgreSQL's own default, https://www.postgresql.org/docs/16/runtime-config-connection.html#GUC-SCRAM-ITERATIONS */
const DEFAULT_ITERATIONS = 4096;

const VERIFIER = /^SCRAM-SHA-256\$(\d+):([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+):([A-Za-z0-9+/=]+)$/;

/** Which characters SASLprep (RFC 4013) leaves as they are: printable ASCII. */
const UNCHANGED = /^[\x20-\x7e]*$/;

/** The parts of SASLprep that matter for passwords people use; like the server, falls back to the raw bytes. */
function saslPrep(password: string): string {
  if (UNCHANGED.test(password)) return password;
  // RFC 4013 2.1: other spaces become a space, then NFKC; characters "mapped to nothing" go.
  const mapped = password
    .replace(/[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/gu, ' ')
    .replace(/\u00ad|\u034f|\u1806|[\u180b-\u180d]|\u200c|\u200d|\u2060|[\ufe00-\ufe0f]|\ufeff/gu, '');
  const normal = mapped.normalize('NFKC');
  return /\p{Cc}/u.test(normal) ? password : normal;
}

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
