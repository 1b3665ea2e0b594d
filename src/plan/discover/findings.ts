import type { Finding } from '../types.js';
import type { DiscoveredDatabase, DiscoveredServer, DiscoveryFinding } from './discovery.js';
import { ENGINES } from './engines.js';
import { isSame, type KnownServer, placeText } from './known-servers.js';
import { nearMisses } from './near-misses.js';
import type { World } from './types.js';
import type { Use } from './uses.js';

interface FindingInput {
  readonly world: World;
  readonly known: readonly KnownServer[];
  readonly servers: readonly DiscoveredServer[];
  readonly uses: readonly Use[];
}

/** Everything worth knowing, in the order servers, clients, backups. */
export const findingsOf = ({ world, known, servers, uses }: FindingInput): DiscoveryFinding[] => [
  ...known.flatMap((server) => at(placeText(server.look), [...ignoredKeys(server), ...neverMade(server)])),
  ...servers.flatMap((server) => at(placeText(server), unclaimed(server, known))),
  ...uses.flatMap((use) => at(placeText(use.look), [...problemsOf(use), ...withoutServer(use)])),
  ...world.clients.flatMap((look) => at(placeText(look), nearMisses(look, world))),
  ...servers.flatMap((server) => at(placeText(server), [...otherEngine(server), ...uncovered(server)])),
];

const at = (where: string, findings: readonly Finding[]): DiscoveryFinding[] =>
  findings.map((finding) => ({ ...finding, where }));

const ignoredKeys = ({ names }: KnownServer): Finding[] =>
  names.ignored.map(({ key, reads }) => ({
    code: 'KEY_IGNORED',
    level: 'warn',
    text: `the image does not read ${key}; it reads ${reads}${names.database && /DB|DATABASE/.test(reads) ? `, and so made database ${names.database.name}` : ''}`,
    next: `remove ${key}, or set ${reads} before the server's first start`,
  }));

/** The image reads its settings once: what is changed later names a database that nobody made. */
const neverMade = ({ names: { database }, look, engine }: KnownServer): Finding[] => {
  if (database === null || look.answer === null || engine === 'mongodb') return [];
  if (look.answer.databases.some(({ name }) => name === database.name)) return [];
  if (ENGINES[engine].own.includes(database.name)) return [];
  return [
    {
      code: 'NAME_NOT_MADE',
      level: 'warn',
      text: `its settings name database ${database.name} (${database.why}), which it does not have: they are read at the first start only`,
      next: 'correct the setting, or make the database by hand',
    },
  ];
};

const unclaimed = (server: DiscoveredServer, known: readonly KnownServer[]): Finding[] => {
  if (server.silent !== null) return [];
  const sessions = known.find(({ look }) => isSame(look, server))?.look.answer?.sessions ?? [];
  return server.databases
    .filter(({ state }) => state === 'unclaimed')
    .map(({ name }) => {
      const seen = sessions.filter(({ database }) => database === name);
      const who = [...new Set(seen.map(({ role, address }) => `${role} from ${address || 'its own socket'}`))];
      return {
        code: 'DATABASE_UNCLAIMED',
        level: 'warn',
        text: `no task of this cluster was seen to use database ${name}${who.length === 0 ? ', and it has no session now' : `; sessions now: ${who.join(', ')}`}`,
        next: 'find out whose it is; keep a backup before anything is dropped',
      };
    });
};

/** A tool may look after all databases of a server, and a pooler hands on whatever it is asked for. */
const problemsOf = ({ role, problems }: Use): readonly Finding[] =>
  role === 'app' ? problems : problems.filter(({ code }) => code !== 'DATABASE_UNKNOWN');

const withoutServer = ({ server, telling, role }: Use): Finding[] => {
  if (server !== null || role === 'pooler' || telling.host === null) return [];
  const where = telling.port === null ? telling.host : `${telling.host}:${telling.port}`;
  const what = telling.databases.length === 0 ? '' : ` for database ${telling.databases.join(', ')}`;
  return [
    {
      code: 'CLIENT_WITHOUT_SERVER',
      level: telling.engine === null ? 'info' : 'warn',
      text: `${telling.keys.join(', ')} leads to ${where}${what}, where no database server of this cluster is`,
      next: 'is it outside Nomad, or does its job not run?',
    },
  ];
};

const otherEngine = ({ engine, managed }: DiscoveredServer): Finding[] =>
  managed
    ? []
    : [{ code: 'ENGINE_NOT_MANAGED', level: 'info', text: `${engine} is named here only: dbctl does not manage it` }];

const uncovered = ({ databases, managed }: DiscoveredServer): Finding[] =>
  managed ? databases.filter(isDue).flatMap(backupFinding) : [];

/** Databases that must have a backup: all that hold somebody's data now. */
export const isDue = ({ state }: DiscoveredDatabase): boolean => state === 'used' || state === 'unclaimed';

const backupFinding = ({ name, backup }: DiscoveredDatabase): Finding[] => {
  if (backup === null || (backup.fresh && backup.drilled)) return [];
  const hours = backup.newest === null ? 0 : Math.floor(backup.newest.age / 3600);
  if (backup.newest === null)
    return [
      {
        code: 'BACKUP_NONE',
        level: 'warn',
        text: `dbctl knows of no backup of database ${name}`,
        next: 'dbctl backup deploy-shared, or move it: dbctl migrate',
      },
    ];
  if (!backup.fresh)
    return [
      {
        code: 'BACKUP_LATE',
        level: 'warn',
        text: `the newest backup of database ${name} is ${hours} h old`,
        next: 'dbctl backups',
      },
    ];
  const drill =
    backup.drill === null
      ? 'was never restored to try it'
      : `was last tried ${Math.floor(backup.drill.age / 86_400)} d ago`;
  return [
    {
      code: 'BACKUP_NOT_DRILLED',
      level: 'warn',
      text: `the backup of database ${name} ${drill}`,
      next: 'dbctl drill --due',
    },
  ];
};
