import type { InventoryService } from '../../inventory/types.js';
import type { SharedStatus, StatusDatabase } from '../../report/status-report.js';
import { catalogsOnShared, namesOnShared, type SeenCatalog } from '../seen-catalogs.js';
import type { Look, ServerLook, ServiceLook, SharedLook } from './look.js';

type Database = ServerLook['databases'][number];

export interface SharedSide {
  readonly databases: readonly Database[];
  readonly catalogs: readonly SeenCatalog[];
  readonly problem: { readonly code: string; readonly text: string } | null;
}

/** What of the shared instance is the service's. Pure. */
export function sharedSide(service: InventoryService, shared: SharedLook): SharedSide {
  const names = namesOnShared(service);
  const catalogs = catalogsOnShared(service, shared.catalogs);
  // Without a folder it stands for all of them: nothing backs up the instance, or its job cannot be read.
  const whole = shared.catalogs.filter(({ folder }) => folder === null);
  const known = { catalogs: catalogs.length > 0 ? catalogs : whole };
  if ('why' in shared.server)
    return { ...known, databases: [], problem: { code: 'shared-unreachable', text: shared.server.why } };
  const databases = shared.server.value.databases.filter(({ name }) => names.includes(name));
  const text = `which database it uses is not in the inventory, and none is called ${names.join(', ')}`;
  return { ...known, databases, problem: databases.length > 0 ? null : { code: 'database-unknown', text } };
}

/** What is left there, and whose it is. Databases of nobody are orphans: a move never touches them. Pure. */
export function sharedStatus(job: string, { services, shared }: Look): SharedStatus {
  const nothing = { job, version: null, sessions: null, maxConnections: null, used: [], keptAside: [], orphans: [] };
  if ('why' in shared.server)
    return { ...nothing, state: shared.state === 'gone' ? 'gone' : 'unreadable', why: shared.server.why };
  const { server, databases } = shared.server.value;
  const used = new Set(services.filter(({ own }) => own === null).flatMap(({ service }) => namesOnShared(service)));
  const aside = new Set(services.flatMap(tombstonesOf));
  const left = databases.filter(({ name }) => !used.has(name) && !aside.has(name));
  return {
    ...{ job, state: 'ok', why: null },
    ...{ version: server.version, sessions: server.sessions, maxConnections: server.maxConnections },
    used: databases.filter(({ name }) => used.has(name)).map(plain),
    keptAside: databases.filter(({ name }) => aside.has(name)).map(plain),
    orphans: left.map((one) => ({ ...plain(one), sessionsSeen: one.sessionsSeen, since: one.since })),
  };
}

export const plain = ({ name, bytes, sessions, open }: Database): StatusDatabase => ({ name, bytes, sessions, open });

/** Names of the closed old databases of a service that was moved and is not finalized. */
export function tombstonesOf({ journal }: ServiceLook): string[] {
  const facts = 'value' in journal ? journal.value?.facts['tombstones'] : undefined;
  if (!Array.isArray(facts)) return [];
  return (facts as unknown as { readonly tombstone: string }[]).map(({ tombstone }) => tombstone);
}
