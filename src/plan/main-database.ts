import { DbctlError } from '../errors/dbctl-error.js';
import type { DatabaseSpec } from './types.js';

/** The first one: its locale is the server's own, and the app is looked for on it. Throws INTERNAL when there is none. */
export function mainDatabase<T extends DatabaseSpec>({ databases }: { readonly databases: readonly T[] }): T {
  const [main] = databases;
  if (main) return main;
  throw new DbctlError('INTERNAL', 'a plan without a database was acted upon');
}
