import type { SeenClient, SeenName } from '../../render/index.js';
import type { AdoptInput } from './adopt-file.js';

export interface Names {
  readonly databases: readonly string[];
  readonly role: string;
  readonly missing: readonly { readonly what: 'database' | 'role'; readonly at: SeenName | undefined }[];
}

/** What the operator says wins; a name that no file tells is never made up. */
export function namesOf({ service, databases, role }: AdoptInput, clients: readonly SeenClient[]): Names {
  const seen = clients.flatMap((client) => client.databases);
  const told =
    databases.length > 0
      ? databases
      : service.databases.length > 0
        ? service.databases
        : seen.flatMap(({ value }) => value ?? []);
  const roles = clients.flatMap((client) => client.role.value ?? []);
  const chosen = role ?? service.role ?? roles[0];
  const hidden =
    told.length === 0 ||
    (databases.length === 0 && service.databases.length === 0 && seen.some(({ value }) => value === null));
  return {
    databases: told.length === 0 ? [service.name] : [...new Set(told)],
    role: chosen ?? service.name,
    missing: [
      ...(hidden ? [{ what: 'database' as const, at: seen.find(({ value }) => value === null) }] : []),
      ...(chosen === undefined ? [{ what: 'role' as const, at: clients[0]?.role }] : []),
    ],
  };
}
