import { nameProblem } from '../../inventory/safe-names.js';
import type { NomadJob } from '../../ports/nomad.js';
import { vaultPaths } from '../vault-paths.js';
import type { DiscoveredService } from './discovery.js';
import { isSame, type KnownServer, placeText } from './known-servers.js';
import type { Confidence } from './types.js';
import type { Use } from './uses.js';

/** A use that says where: only those make a service. */
type PlacedUse = Use & { readonly server: KnownServer };

const isPlaced = (use: Use): use is PlacedUse => use.server !== null;

/**
 * Services: the apps of a job that share a database are one, apps of one job with databases of their own are several. A
 * service whose database is not clear is listed without one, so that nothing is claimed that nobody knows.
 */
export const servicesOf = (jobs: readonly NomadJob[], uses: readonly Use[]): DiscoveredService[] => {
  const apps = uses.filter(({ role }) => role === 'app').filter(isPlaced);
  const tools = uses.filter(({ role }) => role === 'tool').filter(isPlaced);
  const ids = [...new Set(apps.map(({ look }) => look.job))];
  const found = ids.flatMap((id) => {
    const units = unitsOf(apps.filter(({ look }) => look.job === id));
    return units.map((unit) => serviceOf({ unit, units, tools, job: jobs.find(({ ID }) => ID === id) }));
  });
  return uniquelyNamed(found);
};

type Unit = readonly PlacedUse[];

const unitsOf = (uses: readonly PlacedUse[]): Unit[] => {
  const units = uses.reduce<Unit[]>((done, use) => {
    const near = done.filter((unit) => unit.some((other) => belongTogether(use, other)));
    return [...done.filter((unit) => !near.includes(unit)), [...near.flat(), use]];
  }, []);
  // A helper that does not say which database it means goes with the only one there is.
  const [clear, vague] = [units.filter(isClear), units.filter((unit) => !isClear(unit))];
  const [only, second] = clear;
  return only !== undefined && second === undefined ? [[...only, ...vague.flat()]] : units;
};

const isClear = (unit: Unit): boolean => unit.some(({ databases }) => databases.length > 0);

const belongTogether = (one: PlacedUse, other: PlacedUse): boolean =>
  isSame(one.look, other.look) ||
  (isSame(one.server.look, other.server.look) && one.databases.some((name) => other.databases.includes(name)));

interface ServiceInput {
  readonly unit: Unit;
  readonly units: readonly Unit[];
  readonly tools: readonly PlacedUse[];
  readonly job: NomadJob | undefined;
}

const serviceOf = ({ unit, units, tools, job }: ServiceInput): DiscoveredService => {
  const [main] = unit.toSorted((a, b) => b.databases.length - a.databases.length) as [PlacedUse];
  const databases = [...new Set(unit.filter(({ server }) => server === main.server).flatMap((use) => use.databases))];
  const { group, tasks, name } = scopeOf(unit, units);
  return {
    name,
    job: main.look.job,
    ...{ group, tasks },
    app: main.telling.preset,
    engine: main.server.engine,
    managed: main.server.engine === 'postgresql',
    server: { job: main.server.look.job, group: main.server.look.group, task: main.server.look.task },
    databases,
    role: unit.map(({ telling }) => telling.role).find((role) => role !== null) ?? null,
    confidence: confidenceOf(unit),
    evidence: [...new Set(unit.flatMap(evidenceOf))],
    vault: job === undefined ? [] : vaultPaths(job),
    tools: [
      ...new Set(
        tools.filter((tool) => belongTogether(tool, { ...main, databases })).map(({ look }) => placeText(look)),
      ),
    ],
  };
};

/** How the service is told apart from others of its job. */
const scopeOf = (unit: Unit, units: readonly Unit[]): Pick<DiscoveredService, 'name' | 'group' | 'tasks'> => {
  const places = unit.map(({ look }) => look);
  const [first] = places as [(typeof places)[number]];
  if (units.length === 1) return { name: serviceName(first.job), group: null, tasks: null };
  const others = units.filter((other) => other !== unit).flat();
  const ownGroup = places.every(({ group }) => group === first.group);
  const alone = ownGroup && !others.some(({ look }) => look.group === first.group);
  const tasks = alone ? null : [...new Set(places.map(({ task }) => task))];
  const own = alone ? first.group : first.task;
  const name = serviceName(own === first.job ? first.job : `${first.job}-${own}`);
  return { name, group: ownGroup ? first.group : null, tasks };
};

/** Job ids may hold almost anything; a service's name becomes volumes, tasks and folders. */
export const serviceName = (job: string): string => {
  if (nameProblem('service', job) === undefined) return job;
  const plain = job
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  return plain.slice(0, 48).replace(/-+$/, '') || 'service';
};

const uniquelyNamed = (services: readonly DiscoveredService[]): DiscoveredService[] => {
  const taken = new Map<string, number>();
  return services.map((service) => {
    const count = (taken.get(service.name) ?? 0) + 1;
    taken.set(service.name, count);
    return count === 1 ? service : { ...service, name: `${service.name.slice(0, 44)}-${count}` };
  });
};

const confidenceOf = (unit: Unit): Confidence => {
  const clear = unit.filter(({ databases }) => databases.length > 0);
  // A helper that does not say what it uses takes nothing from what the app says.
  const problems = unit.flatMap((use) => use.problems).filter(({ code }) => code !== 'DATABASE_UNKNOWN');
  if (clear.length === 0 || problems.length > 0) return 'unclear';
  if (clear.some(({ sessions }) => sessions > 0)) return 'certain';
  return clear.some(({ server, look }) => server.look.answer !== null || look.settings.unreadable === null)
    ? 'likely'
    : 'unclear';
};

const evidenceOf = (use: PlacedUse): string[] => [
  saysLine(use),
  serverLine(use),
  ...use.problems.map(({ text }) => text),
];

const saysLine = ({ look, telling, databases }: PlacedUse): string => {
  const who = look.settings.unreadable === null ? `task ${look.task} says` : `the jobspec of task ${look.task} says`;
  const names = telling.databases.length > 0 ? telling.databases : databases;
  const what = names.length === 0 ? 'no database' : `database ${names.join(' and ')}`;
  const role = telling.role === null ? '' : `, role ${telling.role}`;
  const how = telling.isDefault ? ", the app's own default" : '';
  const why = look.settings.unreadable === null ? '' : ` (${look.settings.unreadable})`;
  return `${who} ${what}${role}${how}, by ${telling.keys.join(', ')}${why}`;
};

const serverLine = ({ server, how, databases, sessions }: PlacedUse): string => {
  const on = `on ${placeText(server.look)}: ${how}`;
  if (server.look.answer === null)
    return `${on}; the server was not asked (${server.look.silent ?? 'no reason given'})`;
  if (databases.length === 0) return on;
  const sizes = server.look.answer.databases.filter(({ name }) => databases.includes(name));
  const size = sizes.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const has =
    sizes.length === databases.length ? `the server has it (${Math.ceil(size / 1e6)} MB)` : 'the server cannot tell';
  return `${on}; ${has}, ${sessions > 0 ? `${sessions} sessions now` : 'no session now'}`;
};
