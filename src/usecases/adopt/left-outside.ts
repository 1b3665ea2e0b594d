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

/** A policy that names the app's task only would keep the database's tasks from what they fetch. */
export function readersLeft({ databases, role, roleLookup, initTask, toolbox, gateTask }: DatabasePart): AdoptLeft[] {
  const fetched = databases.filter(({ lookup }) => lookup?.includes('{{')).map(({ name }) => `database ${name}`);
  const all = [...fetched, ...(roleLookup?.includes('{{') ? [`role ${role}`] : [])];
  const tasks = [initTask, ...(fetched.length === 0 ? [] : [toolbox, gateTask])].join(', ');
  return all.length === 0
    ? []
    : [
        {
          ...{ line: null, old: null, new: null },
          why: `${tasks} fetch a name as the app does (${all.join('; ')}): a policy for that has to be bound to the job, not to the app's task alone`,
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
