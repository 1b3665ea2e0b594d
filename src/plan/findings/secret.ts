import type { VaultFacts } from '../facts.js';
import type { Finding } from '../types.js';

/** A password is never made anew over existing data: without a fitting one the move is refused. */
export const secretFindings = (vault: VaultFacts, path: string, key: string): Finding[] => {
  if (vault.deleted) {
    return [
      {
        code: 'VAULT_SECRET_MISSING',
        level: 'blocked',
        text: `the newest version of the secret at ${path} is deleted`,
        next: `vault kv undelete -versions=<the newest> ${commandPath(path)}, or write a new version by hand`,
      },
    ];
  }
  if (vault.secret === null) {
    return [
      {
        code: 'VAULT_SECRET_MISSING',
        level: 'blocked',
        text: `Vault has no secret at ${path}`,
        next: `read -rs P, type the password that the app uses now, then: printf %s "$P" | vault kv put ${commandPath(path)} ${key}=-`,
      },
    ];
  }
  if (!vault.secret.keys.includes(key)) {
    return [
      {
        code: 'VAULT_KEY_MISSING',
        level: 'blocked',
        text: `the secret at ${path} has no key ${key}, only ${vault.secret.keys.join(', ') || 'none'}`,
        next: `set vault: { key: ${vault.secret.keys[0] ?? 'password'} } of the service, or: read -rs P, type the password, then: printf %s "$P" | vault kv patch ${commandPath(path)} ${key}=-`,
      },
    ];
  }
  if (vault.flaw !== null) return [flawed(vault.flaw, path, key)];
  if (vault.fits === false) {
    return [
      {
        code: 'SECRET_MISMATCH',
        level: 'blocked',
        text: `the password at ${path} is not the one the role has on the shared instance`,
        next: `read -rs P, type the password that the app uses now, then: printf %s "$P" | vault kv patch ${commandPath(path)} ${key}=-; dbctl never changes it for you`,
      },
    ];
  }
  return vault.fits === null
    ? [{ code: 'SECRET_UNCHECKED', level: 'info', text: `the password at ${path} was not compared with the role's` }]
    : [];
};

export const flawed = (flaw: 'empty' | 'line-break', path: string, key: string): Finding => ({
  code: flaw === 'empty' ? 'PASSWORD_EMPTY' : 'PASSWORD_LINE_BREAK',
  level: 'blocked',
  text:
    flaw === 'empty'
      ? `the secret at ${path} has an empty ${key}`
      : `the ${key} at ${path} contains a line break, which no line of settings can hold; often it came from a file or an echo`,
  next: `read -rs P, type the password that the app uses now, then: printf %s "$P" | vault kv patch ${commandPath(path)} ${key}=-`,
});

/** `secret/data/postgres/x` is the API's path; the command leaves `data` out. */
const commandPath = (path: string): string => path.replace('/data/', '/');
