import type { VaultFacts } from '../facts.js';
import type { Finding } from '../types.js';

/** A password is never made anew over existing data: without a fitting one the move is refused. */
export const secretFindings = (vault: VaultFacts, path: string, key: string): Finding[] => {
  if (vault.secret === null) {
    return [
      {
        code: 'VAULT_SECRET_MISSING',
        level: 'blocked',
        text: `Vault has no secret at ${path}`,
        next: `write the app's present password there, key ${key}`,
      },
    ];
  }
  if (!vault.secret.keys.includes(key)) {
    return [
      {
        code: 'VAULT_KEY_MISSING',
        level: 'blocked',
        text: `the secret at ${path} has no key ${key}, only ${vault.secret.keys.join(', ') || 'none'}`,
        next: 'set vault: { key: … } of the service',
      },
    ];
  }
  if (vault.fits === false) {
    return [
      {
        code: 'SECRET_MISMATCH',
        level: 'blocked',
        text: `the password at ${path} is not the one the role has on the shared instance`,
        next: "write the app's present password to Vault; dbctl never changes it for you",
      },
    ];
  }
  return vault.fits === null
    ? [{ code: 'SECRET_UNCHECKED', level: 'info', text: `the password at ${path} was not compared with the role's` }]
    : [];
};
