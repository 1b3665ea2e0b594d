import type { DatabasePart } from '../../plan/types.js';
import { originText, type SeenClient } from '../../render/index.js';
import type { AdoptLeft } from '../../report/adopt-report.js';

/** What has to be there besides the file: the password where the database's tasks read it. */
export function leftOutside({ vault, role }: DatabasePart, clients: readonly SeenClient[]): AdoptLeft[] {
  if (clients.some((client) => client.vault?.path === vault.path)) return [];
  const [mount = '', , ...rest] = vault.path.split('/');
  const now = [...new Set(clients.flatMap(({ password }) => password.map(originText)))].join(', ');
  const whence = now === '' ? 'the file does not say where the password is' : `the app has its password from: ${now}`;
  return [
    {
      ...{ line: null, old: null },
      new: `vault kv put -mount=${mount} ${rest.join('/')} ${vault.key}=-`,
      why: `the database reads the password of role ${role} from Vault, key ${vault.key}: put the same one there (${whence})`,
    },
  ];
}

/** What its app is known for. */
export const trapsOf = (clients: readonly SeenClient[]): AdoptLeft[] =>
  [...new Set(clients.flatMap(({ preset }) => preset.trap ?? []))].map((why) => ({
    line: null,
    old: null,
    new: null,
    why,
  }));
