import { isPutAside } from '../../engines/postgres/names.js';
import { coverageOf } from './coverage.js';
import type { DatabaseState, DiscoveredDatabase, DiscoveredServer, DiscoveredService } from './discovery.js';
import { ENGINES } from './engines.js';
import { isSame, type KnownServer, presentIn } from './known-servers.js';
import type { World } from './types.js';

/** A server with its databases: by its own word where it was asked, else what its image and its clients say. */
export const serverOf = (
  known: KnownServer,
  services: readonly DiscoveredService[],
  world: Pick<World, 'catalogs' | 'now'>,
): DiscoveredServer => {
  const { look, engine, names, endpoint } = known;
  const users = services.filter(({ server }) => isSame(server, look));
  const present = [...new Set([...presentIn(known), ...users.flatMap(({ databases }) => databases)])];
  const listed = present.filter(
    (name) => !ENGINES[engine].own.includes(name) || users.some(({ databases }) => databases.includes(name)),
  );
  return {
    ...{ job: look.job, group: look.group, task: look.task },
    ...{ engine, managed: engine === 'postgresql', image: known.image, major: known.major },
    services: endpoint.services,
    user: names.user,
    silent: look.answer === null ? (look.silent ?? 'nobody asked') : null,
    databases: listed.toSorted().map((name) => databaseOf(known, name, users, world)),
  };
};

const databaseOf = (
  known: KnownServer,
  name: string,
  users: readonly DiscoveredService[],
  { catalogs, now }: Pick<World, 'catalogs' | 'now'>,
): DiscoveredDatabase => {
  const { answer } = known.look;
  const found = answer?.databases.find((one) => one.name === name);
  const services = users.filter(({ databases }) => databases.includes(name)).map((service) => service.name);
  const wanted = { systemIdentifier: answer?.systemIdentifier ?? null, database: name };
  return {
    name,
    state: stateOf(name, found?.open ?? true, services.length > 0),
    why: whyOf(known, name, services),
    owner: found?.owner || null,
    sizeBytes: found?.sizeBytes ?? null,
    sessions: countSessions(known, name),
    services,
    backup: known.engine === 'postgresql' ? coverageOf(catalogs, wanted, now) : null,
  };
};

const countSessions = ({ engine, look: { answer } }: KnownServer, name: string): number | null =>
  answer === null || engine !== 'postgresql'
    ? null
    : answer.sessions.filter(({ database }) => database === name).reduce((sum, { count }) => sum + count, 0);

const stateOf = (name: string, open: boolean, used: boolean): DatabaseState => {
  if (isPutAside(name)) return 'put-aside';
  if (!open) return 'closed';
  return used ? 'used' : 'unclaimed';
};

const whyOf = (
  { look: { answer }, names: { database } }: KnownServer,
  name: string,
  services: readonly string[],
): string => {
  const made = database?.name === name ? `; made at its first start, ${database.why}` : '';
  if (answer?.databases.some((one) => one.name === name)) return `the server has it${made}`;
  if (database?.name === name) return `made at its first start: ${database.why}`;
  return `named by ${services.join(', ') || 'nobody'}`;
};
