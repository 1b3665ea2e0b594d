import { DbctlError } from '../../errors/dbctl-error.js';
import type { Secret } from '../../shared/secret.js';

// Base64 and the separators of SCRAM, or md5 and hex: nothing that psql or SQL would read as more than text.
const SAFE = /^[A-Za-z0-9+/=$:-]+$/;

/**
 * A verifier for a psql variable (`\\set verifier '…'`): the statement then says `:'verifier'`, so that no error message
 * that quotes the statement can show it. Throws SECRET_MISMATCH.
 */
export function verifierText(verifier: Secret): string {
  const text = verifier.reveal();
  if (SAFE.test(text)) return text;
  throw new DbctlError('SECRET_MISMATCH', 'a password verifier has an unknown form');
}
