import type { NomadJob, NomadTask } from '../../ports/nomad.js';
import { OWN_TASKS } from '../names.js';
import { tasksNaming } from '../names-instance.js';
import type { Finding } from '../types.js';
import { type Endpoint, endpointOf } from './endpoints.js';
import { ENGINES, engineOf } from './engines.js';
import { isSame, type KnownServer, placeText, presentIn } from './known-servers.js';
import { isPooler, isToolTask, taskAt } from './looks.js';
import { isFamily, type Match, matchServer } from './match.js';
import { type Telling, tellingsOf } from './tellings.js';
import type { ClientLook, TaskPlace, World } from './types.js';

/** One connection of one task, with the server it leads to and what that server says of it. */
export interface Use {
  readonly look: ClientLook;
  readonly role: 'app' | 'tool' | 'pooler';
  readonly telling: Telling;
  readonly server: KnownServer | null;
  readonly how: string | null;
  /** Under the names the server knows; empty while it is not clear. */
  readonly databases: readonly string[];
  /** Sessions of its role in its databases now. */
  readonly sessions: number;
  readonly problems: readonly Finding[];
}

/** Every connection that any task is told; poolers first, because others reach their server through them. */
export const usesOf = (world: World, servers: readonly KnownServer[]): Use[] => {
  const said = world.clients.flatMap((look) => tellingsOf(look).map((telling) => ({ look, telling })));
  const told = [...said, ...silentLookups(world, servers, said)];
  const direct = servers.map(({ endpoint }) => endpoint);
  const role = ({ look }: { look: ClientLook }): Use['role'] => roleOf(world, look);
  const poolers = told.filter((item) => role(item) === 'pooler').map((item) => useOf(world, servers, direct, item));
  const all = [...direct, ...poolers.flatMap((use) => poolerEndpoint(world, use))];
  const others = told.filter((item) => role(item) !== 'pooler').map((item) => useOf(world, servers, all, item));
  const uses = [...poolers, ...others];
  return uses.map((use) => ({ ...use, problems: [...use.problems, ...elsewhere(use, uses)] }));
};

/** Tasks whose text asks for a server and that say nothing else which can be read: users, but of nobody knows what. */
const silentLookups = (world: World, servers: readonly KnownServer[], said: readonly ToldItem[]): ToldItem[] =>
  servers.flatMap(({ endpoint, engine }) =>
    world.jobs
      .filter(({ ID }) => ID !== endpoint.place.job)
      .flatMap((job) =>
        job.TaskGroups.flatMap((group) =>
          group.Tasks.filter((task) => isSilent({ job: job.ID, group: group.Name, task: task.Name }, task, said))
            .filter((task) => endpoint.services.some((service) => asksFor(job, task, service)))
            .map((task) => ({
              look: { ...{ job: job.ID, group: group.Name, task: task.Name }, ...NOTHING_SAID },
              telling: { ...NOTHING_TOLD, engine, keys: ['a lookup in its text'] },
            })),
        ),
      ),
  );

const isSilent = (place: TaskPlace, task: NomadTask, said: readonly ToldItem[]): boolean =>
  !OWN_TASKS.includes(task.Name) && engineOf(task) === undefined && !said.some(({ look }) => isSame(look, place));

const asksFor = (job: NomadJob, task: NomadTask, service: string): boolean =>
  tasksNaming(job, { service, address: undefined }).includes(task);

const NOTHING_SAID = { preset: null, settings: { values: new Map(), unreadable: null }, files: [], app: null };
const NOTHING_TOLD = {
  kind: 'keys',
  preset: null,
  isDefault: false,
  host: null,
  port: null,
  databases: [],
  role: null,
} as const;

const roleOf = ({ jobs }: World, look: ClientLook): Use['role'] => {
  const task = taskAt(jobs, look);
  if (task === undefined) return 'app';
  return isPooler(task) ? 'pooler' : isToolTask(task) ? 'tool' : 'app';
};

interface PoolerEndpoint extends Endpoint {
  readonly behind: KnownServer;
}

const poolerEndpoint = (world: World, { look, server }: Use): PoolerEndpoint[] => {
  if (server === null) return [];
  const endpoint = endpointOf(world, { ...look, engine: server.engine });
  // Which of its names are the pooler's is not known by an engine's port: its own listening port is its own business.
  return endpoint === undefined ? [] : [{ ...endpoint, ports: [...endpoint.ports, POOLER_PORT], behind: server }];
};

const POOLER_PORT = 6432;

interface ToldItem {
  readonly look: ClientLook;
  readonly telling: Telling;
}

const useOf = (
  world: World,
  servers: readonly KnownServer[],
  endpoints: readonly (Endpoint | PoolerEndpoint)[],
  { look, telling }: ToldItem,
): Use => {
  const match = matchServer(look, telling, { ...world, endpoints });
  const matched = serverOf(servers, match) ?? null;
  const alone = matched === null || isGuessed(telling, matched) ? byNames(servers, telling) : undefined;
  const common = { look, telling, role: roleOf(world, look) };
  if (alone !== undefined && alone !== matched)
    return { ...common, server: alone, how: byNamesText(telling, matched), ...judged(telling, alone) };
  const how =
    match === undefined
      ? null
      : 'behind' in match.endpoint
        ? `through ${match.endpoint.place.task}: ${match.why}`
        : match.why;
  if (matched === null) return { ...common, server: null, how, databases: [], sessions: 0, problems: [] };
  return { ...common, server: matched, how, ...judged(telling, matched) };
};

const byNamesText = ({ host }: Telling, guessed: KnownServer | null): string => {
  const why = guessed === null ? `no address of this cluster is ${host}` : `nothing says the port at ${host}`;
  return `${why}, but only this server has that database and that role`;
};

/** At one address there may be several servers: the usual port is only a guess, and this one knows nothing of the names. */
const isGuessed = ({ host, port, role, databases }: Telling, { look: { answer } }: KnownServer): boolean =>
  host !== null &&
  /^[\d.]+$|:/.test(host) &&
  port === null &&
  answer !== null &&
  !answer.databases.some(({ name }) => databases.includes(name)) &&
  !(role !== null && answer.roles.includes(role));

const serverOf = (servers: readonly KnownServer[], match: Match | undefined): KnownServer | undefined => {
  if (match === undefined) return undefined;
  const { endpoint } = match;
  return 'behind' in endpoint
    ? (endpoint as PoolerEndpoint).behind
    : servers.find(({ endpoint: { place } }) => isSame(place, endpoint.place));
};

/** A name that nobody here can look up may still lead here: then one server alone knows both the database and the role. */
const byNames = (servers: readonly KnownServer[], telling: Telling): KnownServer | undefined => {
  const { databases, role, host, engine, isDefault } = telling;
  if (host === null || databases.length === 0 || role === null || isDefault) return undefined;
  const fitting = servers.filter(
    ({ look, engine: theirs }) =>
      isFamily(engine, theirs) &&
      look.answer?.sessions.some((one) => one.role === role && databases.includes(one.database)),
  );
  return fitting.length === 1 ? fitting[0] : undefined;
};

type Judged = Pick<Use, 'databases' | 'sessions' | 'problems'>;

/** Names count only as the server has them: one that it does not know is a finding, never a claim. */
const judged = (telling: Telling, server: KnownServer): Judged => {
  const named = telling.databases.length > 0 ? telling.databases : impliedBy(telling, server);
  const { answer } = server.look;
  if (answer === null) return { databases: named, sessions: 0, problems: named.length > 0 ? [] : [unknown(server)] };
  const mine = answer.sessions.filter(({ role }) => role === telling.role);
  const here = mine.filter(({ database }) => named.includes(database));
  const missing = named.flatMap((name) => absence(name, telling, server));
  const problems = [...(named.length === 0 ? [unknown(server)] : missing), ...roleProblem(telling, server, named)];
  return {
    databases: missing.length > 0 ? [] : named,
    sessions: here.reduce((sum, { count }) => sum + count, 0),
    problems,
  };
};

const unknown = (server: KnownServer): Finding => ({
  code: 'DATABASE_UNKNOWN',
  level: 'warn',
  text: `it uses ${placeText(server.look)}, but nothing says which database there`,
  next: 'set services.<name>.databases in dbctl.yaml',
});

const absence = (name: string, { keys }: Telling, { look, engine }: KnownServer): Finding[] => {
  const found = look.answer?.databases.find((one) => one.name === name);
  if (found?.open || ENGINES[engine].own.includes(name)) return [];
  // What MongoDB has cannot be listed without a password.
  if (look.answer === null || (engine === 'mongodb' && found === undefined)) return [];
  const text =
    found === undefined
      ? `${keys.join(', ')} names database ${name}, which ${placeText(look)} does not have`
      : `${keys.join(', ')} names database ${name}, which takes no connections`;
  const near = look.answer.databases.find((one) => one.name.toLowerCase() === name.toLowerCase());
  const next = near && found === undefined ? `did you mean ${near.name}? Names differ by case` : 'correct the setting';
  return [{ code: found === undefined ? 'DATABASE_NOT_FOUND' : 'DATABASE_CLOSED', level: 'warn', text, next }];
};

/**
 * Apps that keep no session open between requests have none to show: that alone is no disagreement. Nor is a role that
 * others use for databases of their own.
 */
const elsewhere = ({ server, telling: { role, keys }, databases, sessions }: Use, all: readonly Use[]): Finding[] => {
  const mine = (server?.look.answer?.sessions ?? []).filter((one) => one.role === role);
  const claimed = all
    .filter((other) => other.server === server && other.telling.role === role)
    .flatMap((other) => other.databases);
  const others = [...new Set(mine.map(({ database }) => database))];
  if (databases.length === 0 || sessions > 0 || others.length === 0) return [];
  if (others.every((name) => claimed.includes(name))) return [];
  return [
    {
      code: 'SESSIONS_ELSEWHERE',
      level: 'warn',
      text: `${keys.join(', ')} says database ${databases.join(', ')}, but every session of role ${role} is in ${others.join(', ')}`,
      next: 'find out which one the app really uses: a file of its own may win over its environment',
    },
  ];
};

/** Settings that name none: the server knows of one that can be meant, or of none. */
const impliedBy = ({ role }: Telling, server: KnownServer): string[] => {
  const { answer } = server.look;
  if (answer === null || role === null) return [];
  const sessions = [...new Set(answer.sessions.filter((one) => one.role === role).map(({ database }) => database))];
  if (sessions.length === 1) return sessions;
  const present = presentIn(server).filter((name) => !ENGINES[server.engine].own.includes(name));
  // libpq, and most drivers after it: without a database the one named as the user is meant.
  return present.includes(role) ? [role] : [];
};

const roleProblem = ({ role }: Telling, { look }: KnownServer, named: readonly string[]): Finding[] => {
  const roles = look.answer?.roles ?? [];
  if (role === null || roles.length === 0 || roles.includes(role)) return [];
  return [
    {
      code: 'ROLE_NOT_FOUND',
      level: 'warn',
      text: `it logs in as ${role} to database ${named.join(', ') || '(none named)'}, but the server has no such role`,
      next: 'correct the setting, or the server it leads to',
    },
  ];
};
