import type { Difference } from '../engines/postgres/evidence.js';
import type { CarriedFacts, CarriedRole } from '../engines/postgres/roles.js';

/**
 * Database-level facts that pg_dump leaves behind, source as recorded before the fence against the target now: owner,
 * rights, limit, comment, settings, and each carried role. The servers' own first superusers are not compared.
 */
export function factDifferences(source: CarriedFacts, target: CarriedFacts | undefined): Difference[] {
  if (!target) return [{ key: `database ${source.database}`, source: source.owner, target: undefined }];
  const keys = ['owner', 'grants', 'connLimit', 'comment', 'settings'] as const;
  const database = keys.flatMap((key) => difference(`database ${key}`, source[key], target[key]));
  const roles = source.roles.filter((role) => !role.bootstrap).flatMap((role) => roleDifferences(role, target));
  return [...database, ...roles];
}

/** The same as pairs of lines, `-` of the source and `+` of the target. */
export const differingFacts = (source: CarriedFacts, target: CarriedFacts | undefined): string[] =>
  factDifferences(source, target).flatMap(({ key, source: from, target: to }) => [
    `- ${key}: ${from}`,
    `+ ${key}: ${to ?? 'absent'}`,
  ]);

/** What the role had on the source server alone. */
const LOCAL: ReadonlySet<string> = new Set(['name', 'bootstrap', 'exclusive', 'sessionsIn']);

function roleDifferences(role: CarriedRole, { roles }: CarriedFacts): Difference[] {
  const found = roles.find(({ name }) => name === role.name);
  if (!found) return [{ key: `role ${role.name}`, source: JSON.stringify(role), target: undefined }];
  const keys = (Object.keys(role) as (keyof CarriedRole)[]).filter((key) => !LOCAL.has(key));
  return keys.flatMap((key) => difference(`role ${role.name} ${key}`, role[key], found[key]));
}

const difference = (key: string, source: unknown, target: unknown): Difference[] => {
  const [from, to] = [JSON.stringify(source), JSON.stringify(target)];
  return from === to ? [] : [{ key, source: from, target: to }];
};
