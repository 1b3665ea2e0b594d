import { originText, type SeenClient, type SeenName } from '../../render/index.js';
import type { AdoptInput } from './adopt-file.js';

export type AskedName = 'database' | 'role';

/** A name, or the template that gives it; `text` is then for people. */
export interface PartName {
  readonly text: string;
  readonly lookup?: string;
}

export interface Names {
  readonly databases: readonly PartName[];
  readonly role: PartName;
  readonly missing: readonly MissingName[];
}

export interface MissingName {
  readonly what: AskedName;
  readonly at: SeenName | undefined;
}

/**
 * What the operator says wins; a name that no file tells is never made up. One that the file fetches is fetched by the
 * database's tasks as well, in the same words: `beside` the app, where they may read what the app reads.
 */
export function namesOf(
  { service, databases, role }: AdoptInput,
  clients: readonly SeenClient[],
  beside: boolean,
): Names {
  const told = databases.length > 0 ? databases : service.databases;
  const chosen = role ?? service.role;
  const found = {
    databases:
      told.length > 0
        ? told.map(plain)
        : partNames(
            clients.flatMap((client) => client.databases),
            beside,
          ),
    role: chosen === null ? oneRole(clients, beside) : plain(chosen),
  };
  return {
    databases: found.databases ?? [plain(service.name)],
    role: found.role ?? plain(service.name),
    missing: [
      ...(found.databases === undefined
        ? [
            missing(
              'database',
              clients.flatMap((client) => client.databases),
            ),
          ]
        : []),
      ...(found.role === undefined
        ? [
            missing(
              'role',
              clients.map((client) => client.role),
            ),
          ]
        : []),
    ],
  };
}

const plain = (text: string): PartName => ({ text });

const missing = (what: AskedName, seen: readonly SeenName[]): MissingName => ({
  what,
  at: seen.find(({ value }) => value === null),
});

/** `undefined` when one of them cannot be told. */
function partNames(seen: readonly SeenName[], beside: boolean): PartName[] | undefined {
  const names = seen.map((name) => partName(name, beside));
  const known = names.filter((name) => name !== undefined);
  return known.length === 0 || known.length < names.length
    ? undefined
    : [...new Map(known.map((name) => [name.lookup ?? name.text, name])).values()];
}

const partName = ({ value, lookup, origins }: SeenName, beside: boolean): PartName | undefined => {
  if (value !== null) return { text: value };
  return lookup === undefined || !(beside || isForAnyJob(lookup))
    ? undefined
    : { text: `the one of ${origins.map(originText).join(', ')}`, lookup };
};

/** Consul's keys are read by whoever has a token for them; a Variable or a secret is bound to the job that asks. */
const isForAnyJob = (lookup: string): boolean => !/\bwith\s|\$\{/.test(lookup);

/** Tasks that do not say a role go with those that do. */
function oneRole(clients: readonly SeenClient[], beside: boolean): PartName | undefined {
  const said = clients.map(({ role }) => role).filter(({ value, origins }) => value !== null || origins.length > 0);
  const literal = said.find(({ value }) => value !== null);
  if (literal?.value != null) return { text: literal.value };
  const names = partNames(said, beside);
  return names?.length === 1 ? names[0] : undefined;
}
