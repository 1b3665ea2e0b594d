import { DbctlError } from '../../src/errors/dbctl-error.js';
import type { VaultPort, VaultSecret } from '../../src/ports/vault.js';
import type { Secret } from '../../src/shared/secret.js';

export interface FakeVault extends VaultPort {
  /** What every call meets from now on. */
  mood: 'well' | 'sealed' | 'denied';
  /** Every version ever written, newest last, by `<mount>/<path>`. */
  readonly versions: Map<string, Readonly<Record<string, Secret>>[]>;
  /** Texts by name. */
  readonly policies: Map<string, string>;
}

export function fakeVault(): FakeVault {
  const versions: FakeVault['versions'] = new Map();
  const vault: FakeVault = {
    mood: 'well',
    policies: new Map(),
    versions,
    health: async () => ({ sealed: vault.mood === 'sealed', version: '1.21.2' }),
    read: async (mount, path) => {
      checkMood(vault);
      return newest(versions.get(`${mount}/${path}`));
    },
    write: async (mount, path, data, cas) => {
      checkMood(vault);
      const known = versions.get(`${mount}/${path}`) ?? [];
      if (known.length !== cas)
        throw new DbctlError('VAULT_CAS', 'the secret was changed by somebody else meanwhile', { where: path });
      versions.set(`${mount}/${path}`, [...known, { ...data }]);
      return { version: cas + 1 };
    },
    tokenLease: async () => ({ ttlMs: 0, renewable: false }),
    renewToken: async () => checkMood(vault),
    capabilities: async (paths) => {
      checkMood(vault);
      return Object.fromEntries(paths.map((path) => [path, ['root']]));
    },
    policy: async (name) => {
      checkMood(vault);
      return vault.policies.get(name);
    },
    storage: async () => 'inmem',
  };
  return vault;
}

function newest(known: Readonly<Record<string, Secret>>[] = []): VaultSecret | undefined {
  const data = known.at(-1);
  return data && { data, version: known.length };
}

function checkMood({ mood }: FakeVault): void {
  if (mood === 'sealed') throw new DbctlError('VAULT_UNAVAILABLE', 'Vault is sealed or does not answer');
  if (mood === 'denied') throw new DbctlError('VAULT_DENIED', 'Vault refused the token');
}
