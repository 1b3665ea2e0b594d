import type { ServicePlan } from '../plan/types.js';

/** `database a`, `databases a and b`, for a question. */
export function databasesText({ source }: Pick<ServicePlan, 'source'>): string {
  const names = source.databases.map(({ name }) => name);
  return names.length === 1 ? `database ${names[0]}` : `databases ${names.join(' and ')}`;
}
