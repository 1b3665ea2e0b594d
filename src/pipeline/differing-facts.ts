import type { CarriedFacts, CarriedRole } from '../engines/postgres/roles.js';

/**
 * Database-level facts that pg_dump leaves behind, source as recorded before the fence against the target now: owner,
 * rights, limit, comment, settings, and each carried role. The servers' own first superusers are not compared.
 */
export function differingFacts(source: CarriedFacts, target: CarriedFacts | undefined): string[] {
  if (!target) return [`- database ${source.database}`];
  const keys = ['owner', 'grants', 'connLimit', 'comment', 'settings'] as const;
  const database = keys.flatMap((key) => difference(`database ${key}`, source[key], target[key]));
  const roles = source.roles
    .filter((role) => !role.bootstrap)
    .flatMap((role) =>
      difference(
        `role ${role.name}`,
        attributes(role),
        attributes(target.roles.find(({ name }) => name === role.name)),
      ),
    );
  return [...database, ...roles];
}

const attributes = (role: CarriedRole | undefined): unknown =>
  role && { ...role, bootstrap: undefined, exclusive: undefined, sessionsIn: undefined };

const difference = (what: string, source: unknown, target: unknown): string[] => {
  const [from, to] = [JSON.stringify(source), JSON.stringify(target)];
  return from === to ? [] : [`- ${what}: ${from}`, `+ ${what}: ${to ?? 'absent'}`];
};
