import type { NomadTask } from '../../ports/nomad.js';
import { imageOf } from './engines.js';
import type { Engine, Settings } from './types.js';

/** How an image is told what to make at its first start. The first key that is set counts. */
interface ImageRule {
  readonly database: readonly string[];
  readonly user: readonly string[];
  /** When no key names a database: the one named as the user, a fixed one, or none. */
  readonly defaultDatabase: 'as-user' | string | null;
  readonly defaultUser: string | null;
  /** Keys that look right and are not read, with the one that is. */
  readonly ignored: Readonly<Record<string, string>>;
}

const OFFICIAL: Readonly<Record<Engine, ImageRule>> = {
  postgresql: {
    database: ['POSTGRES_DB'],
    user: ['POSTGRES_USER'],
    defaultDatabase: 'as-user',
    defaultUser: 'postgres',
    ignored: {
      POSTGRES_NAME: 'POSTGRES_DB',
      POSTGRES_DATABASE: 'POSTGRES_DB',
      POSTGRES_DBNAME: 'POSTGRES_DB',
      POSTGRES_DB_NAME: 'POSTGRES_DB',
      POSTGRESQL_DATABASE: 'POSTGRES_DB',
      PGDATABASE: 'POSTGRES_DB',
      POSTGRES_USERNAME: 'POSTGRES_USER',
      POSTGRES_PORT: 'PGPORT',
    },
  },
  mariadb: {
    database: ['MARIADB_DATABASE', 'MYSQL_DATABASE'],
    user: ['MARIADB_USER', 'MYSQL_USER'],
    defaultDatabase: null,
    defaultUser: 'root',
    ignored: { MARIADB_DB: 'MARIADB_DATABASE', MYSQL_DB: 'MARIADB_DATABASE', MYSQL_NAME: 'MARIADB_DATABASE' },
  },
  mysql: {
    database: ['MYSQL_DATABASE'],
    user: ['MYSQL_USER'],
    defaultDatabase: null,
    defaultUser: 'root',
    ignored: { MYSQL_DB: 'MYSQL_DATABASE', MYSQL_NAME: 'MYSQL_DATABASE', MARIADB_DATABASE: 'MYSQL_DATABASE' },
  },
  mongodb: {
    database: ['MONGO_INITDB_DATABASE'],
    user: ['MONGO_INITDB_ROOT_USERNAME'],
    // Only the scripts of the first start run in it; a database exists once somebody writes into it.
    defaultDatabase: null,
    defaultUser: null,
    ignored: { MONGO_DATABASE: 'MONGO_INITDB_DATABASE', MONGO_DB: 'MONGO_INITDB_DATABASE' },
  },
};

const BITNAMI: Readonly<Record<Engine, ImageRule>> = {
  postgresql: {
    database: ['POSTGRESQL_DATABASE', 'POSTGRES_DATABASE', 'POSTGRES_DB'],
    user: ['POSTGRESQL_USERNAME', 'POSTGRESQL_USER', 'POSTGRES_USER'],
    defaultDatabase: 'postgres',
    defaultUser: 'postgres',
    ignored: { POSTGRES_NAME: 'POSTGRESQL_DATABASE', POSTGRESQL_DB: 'POSTGRESQL_DATABASE' },
  },
  mariadb: { ...OFFICIAL.mariadb, database: ['MARIADB_DATABASE'], user: ['MARIADB_USER'], ignored: {} },
  mysql: { ...OFFICIAL.mysql, ignored: {} },
  mongodb: {
    database: ['MONGODB_DATABASE', 'MONGODB_EXTRA_DATABASES'],
    user: ['MONGODB_USERNAME', 'MONGODB_ROOT_USER'],
    defaultDatabase: null,
    defaultUser: null,
    ignored: { MONGO_INITDB_DATABASE: 'MONGODB_DATABASE' },
  },
};

const FILE = '_FILE';

const ruleOf = (engine: Engine, task: NomadTask): ImageRule =>
  (/(?:^|\/)bitnami(?:legacy|secure)?\//.test(imageOf(task)) ? BITNAMI : OFFICIAL)[engine];

/** A name, and what says so. */
export interface Said {
  readonly name: string;
  readonly why: string;
}

export interface ServerNames {
  /** What the image makes at its first start; `null` when it makes none, or when nobody can say. */
  readonly database: Said | null;
  readonly user: Said | null;
  /** Keys that the image does not read, with the one that it does. */
  readonly ignored: readonly { readonly key: string; readonly reads: string }[];
}

const NOTHING: ServerNames = { database: null, user: null, ignored: [] };

/** Keys to ask the server's task for: names only, and files that hold a name. */
export const serverKeys = (engine: Engine, task: NomadTask): string[] => {
  const { database, user } = ruleOf(engine, task);
  return [...database, ...user].flatMap((key) => [key, `${key}${FILE}`]).concat('PGPORT');
};

/**
 * The names that the server really uses, by the rules of its image (docker-library/postgres, /mysql, /mongo,
 * MariaDB/mariadb-docker, bitnami/containers). The task's, service's and job's names are never evidence. A server that no
 * image starts follows no such rule: only it knows.
 */
export const serverNames = (engine: Engine, task: NomadTask, settings: Settings): ServerNames => {
  if (imageOf(task) === '') return NOTHING;
  const rule = ruleOf(engine, task);
  const user = said(rule.user, settings) ?? defaultUser(rule, settings);
  const database = said(rule.database, settings) ?? defaultDatabase(rule, settings, user);
  const ignored = Object.entries(rule.ignored).filter(([key]) => (task.Env?.[key] ?? settings.values.get(key)) != null);
  return {
    database,
    user,
    ignored: ignored.map(([key, reads]) => ({ key, reads })),
  };
};

const said = (keys: readonly string[], { values }: Settings): Said | null => {
  for (const key of keys) {
    const plain = values.get(key) ?? '';
    if (plain !== '') return { name: plain, why: key };
    const filed = values.get(`${key}${FILE}`) ?? '';
    if (filed !== '') return { name: filed, why: `${key}${FILE}` };
  }
  return null;
};

// A jobspec that could only be read may leave a name to a template: then its absence says nothing.
const known = ({ unreadable }: Settings): boolean => unreadable === null;

const defaultUser = ({ defaultUser: name, user }: ImageRule, settings: Settings): Said | null =>
  name === null || !known(settings) ? null : { name, why: `${user[0]} is not set` };

const defaultDatabase = (
  { defaultDatabase: rule, database: [key] }: ImageRule,
  settings: Settings,
  user: Said | null,
): Said | null => {
  if (rule === null || !known(settings)) return null;
  if (rule !== 'as-user') return { name: rule, why: `${key} is not set` };
  return user === null ? null : { name: user.name, why: `${key} is not set, so the image names it as the user` };
};
