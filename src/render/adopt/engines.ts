import { engineOfImageName } from '../../plan/discover/engines.js';
import { bareImage } from '../../plan/locate.js';
import type { NomadJob, NomadTask, NomadTaskGroup } from '../../ports/nomad.js';
import type { SeenSetting } from './seen-settings.js';

/** A template that writes every key of a variable or secret. */
export const EVERY_KEY = /\{\{-?\s*(?:\.K|\.Key|\$\w+)\s*(?:\|[^}]*)?-?\}\}\s*=\s*["']?\{\{/;

export type Engine = 'postgres' | 'mysql' | 'mariadb' | 'mongodb' | 'sqlite' | 'sqlserver' | 'cockroachdb';

/** A database server that a task of the file runs. */
export interface SeenServer {
  readonly group: string;
  readonly task: string;
  readonly engine: Engine;
  readonly image: string;
  /** As the server makes them at its first start; what other names are set for does not count. */
  readonly database: string | null;
  readonly role: string | null;
  readonly notes: readonly string[];
}

const CLIENT_COMMAND =
  /\b(?:psql|pg_dump(?:all)?|pg_isready|pg_restore|createdb|createuser|mysqldump|mysql(?!d)|mariadb-dump|mongodump|sleep|until|while)\b/;

/** Servers of a job, told by their images or, without one, by their command. */
export const seenServers = (job: NomadJob): SeenServer[] =>
  job.TaskGroups.flatMap((group) => group.Tasks.flatMap((task) => serverOf(job, group, task) ?? []));

function serverOf(job: NomadJob, { Name: group }: NomadTaskGroup, task: NomadTask): SeenServer | undefined {
  const image = String(task.Config?.['image'] ?? '');
  const engine = engineOfImage(image) ?? engineOfCommand(task) ?? engineOfKeys(task);
  if (engine === undefined || runsOnce(job, task) || isClient(task)) return undefined;
  return { group, task: task.Name, engine, image, ...namesOf(task, engine) };
}

/** CockroachDB speaks PostgreSQL's protocol and is none. */
const engineOfImage = (image: string): Engine | undefined => {
  if (/(?:^|\/)cockroach$/.test(bareImage(image))) return 'cockroachdb';
  const engine = engineOfImageName(image);
  return engine === 'postgresql' ? 'postgres' : engine;
};

/** `["postgres", "-c", …]`, as entry scripts are told what to run. */
const STARTED_BY_SCRIPT = /^\s*\[?\s*"?postgres"?[\s,]+"?-/;

const engineOfCommand = ({ Driver, Config }: NomadTask): Engine | undefined => {
  if (Driver !== 'exec' && Driver !== 'raw_exec') return undefined;
  const command = String(Config?.['command'] ?? '')
    .split('/')
    .at(-1);
  if (command === 'postgres' || command === 'postmaster' || command === 'patroni') return 'postgres';
  if (STARTED_BY_SCRIPT.test(String(Config?.['args'] ?? ''))) return 'postgres';
  return command === 'mysqld' ? 'mysql' : command === 'mongod' ? 'mongodb' : undefined;
};

/** Patroni runs the server that its keys speak of, whatever the image is called. */
const engineOfKeys = (task: NomadTask): Engine | undefined => {
  const keys = serverSettings(task);
  return keys.has('PATRONI_SCOPE') || keys.has('PATRONI_POSTGRESQL_LISTEN') ? 'postgres' : undefined;
};

/** A database outlives the start of its group. */
const runsOnce = ({ Type, Periodic }: NomadJob, { Lifecycle }: NomadTask): boolean =>
  (Lifecycle != null && !Lifecycle.Sidecar) || Type === 'batch' || Type === 'sysbatch' || Periodic !== undefined;

const isClient = ({ Config }: NomadTask): boolean =>
  CLIENT_COMMAND.test(['command', 'args', 'entrypoint'].map((key) => String(Config?.[key] ?? '')).join(' '));

function namesOf(task: NomadTask, engine: Engine): Pick<SeenServer, 'database' | 'role' | 'notes'> {
  const settings = serverSettings(task);
  const told = (key: string): string | null => {
    const text = settings.get(key) ?? '';
    return text === '' || text.includes('{{') || text.includes('${') ? null : text;
  };
  // Keys that come as a whole from somewhere else may be any of these.
  if ((task.Templates ?? []).some(({ EmbeddedTmpl }) => EVERY_KEY.test(EmbeddedTmpl ?? '')))
    return { database: null, role: null, notes: [] };
  if (engine !== 'postgres')
    return {
      database: told('MYSQL_DATABASE') ?? told('MARIADB_DATABASE'),
      role: told('MYSQL_USER') ?? told('MARIADB_USER'),
      notes: [],
    };
  const hidden = (key: string): boolean => settings.has(key) && told(key) === null;
  const role =
    hidden('POSTGRES_USER') || settings.has('POSTGRES_USER_FILE')
      ? null
      : (told('POSTGRES_USER') ?? told('POSTGRESQL_USERNAME') ?? 'postgres');
  const database =
    hidden('POSTGRES_DB') || settings.has('POSTGRES_DB_FILE')
      ? null
      : (told('POSTGRES_DB') ?? told('POSTGRESQL_DATABASE') ?? role);
  const ignored = ['POSTGRES_NAME', 'POSTGRES_DATABASE', 'POSTGRES_PORT'].filter((key) => settings.has(key));
  return { database, role, notes: ignored.map((key) => `the image ignores ${key}`) };
}

const serverSettings = ({ Env, Templates }: NomadTask): Map<string, string> =>
  new Map([
    ...Object.entries(Env ?? {}),
    ...(Templates ?? [])
      .filter(({ Envvars }) => Envvars === true)
      .flatMap(({ EmbeddedTmpl }) => (EmbeddedTmpl ?? '').split(/\r?\n/))
      .flatMap((line): [string, string][] => {
        const [, key, value] = /^\s*(?:\{\{.*?\}\}\s*)*(\w+)\s*=\s*["']?(.*?)["']?\s*$/.exec(line) ?? [];
        return key === undefined ? [] : [[key, value ?? '']];
      }),
  ]);

const ENGINE_KEY =
  /(?:DB|DATABASE|SQL|STORAGE|PERSISTENCE)[\w.-]*(?:TYPE|CONNECTION|DRIVER|ENGINE|CLIENT|DIALECT|ADAPTER|VENDOR|BACKEND|PROVIDER|PLATFORM)$|^KC_DB$|(?:^|\.)database\.(?:name|type|driver|adapter|engine)$/i;
const ENGINE_WORDS: readonly (readonly [Engine, RegExp])[] = [
  ['postgres', /^(?:postgres\w*|pgsql|pdo_pgsql|psql|pg|psycopg2?|django\.db\.backends\.postgresql\w*|pgx)$/i],
  ['mariadb', /^mariadb$/i],
  ['mysql', /^(?:mysql\w*|pdo_mysql|django\.db\.backends\.mysql)$/i],
  ['sqlite', /^(?:sqlite\w*|better-sqlite3|pdo_sqlite|django\.db\.backends\.sqlite3)$/i],
  ['mongodb', /^mongo\w*$/i],
  ['sqlserver', /^(?:mssql|sqlsrv|sqlserver)$/i],
];

export const isEngineKey = (key: string): boolean => ENGINE_KEY.test(key);

/** What a key like `DB_TYPE` says. */
export const engineWord = ({ key, text }: Pick<SeenSetting, 'key' | 'text'>): Engine | undefined =>
  ENGINE_KEY.test(key) ? ENGINE_WORDS.find(([, pattern]) => pattern.test(text))?.[0] : undefined;

/** How the keys begin that `DB_TYPE` speaks of: without its last word. */
export const engineStart = (key: string): string =>
  /^KC_DB$/i.test(key) ? key : key.replace(/(?:[A-Z]+|[a-z]+)$/, '');

/** Apps that know MySQL and MariaDB only, by their documentation. */
const MYSQL_ONLY = /(?:^|\/)(?:wordpress|bookstack|matomo|phpmyadmin|piwigo|snipe-it|kimai2?|leantime|seafile-mc)$/;

export const isForMysqlOnly = (image: string): boolean => MYSQL_ONLY.test(bareImage(image));

const URLS: readonly (readonly [Engine, RegExp])[] = [
  ['mysql', /^(?:jdbc:)?(?:mysql|mysqli|mysql2)(?:\+\w+)?:\/\//i],
  ['mariadb', /^(?:jdbc:)?mariadb(?:\+\w+)?:\/\//i],
  ['mongodb', /^mongodb(?:\+srv)?:\/\//i],
  ['sqlite', /^(?:jdbc:)?sqlite3?:/i],
  ['sqlserver', /^(?:jdbc:)?(?:sqlserver|mssql):\/\//i],
];
const HOSTS: readonly (readonly [Engine, RegExp])[] = [
  ['mysql', /MYSQL_?(?:\w+_)?(?:HOST|SERVER|ADDR|URL)/i],
  ['mariadb', /MARIADB_?(?:\w+_)?(?:HOST|SERVER|ADDR|URL)/i],
  ['mongodb', /MONGO\w*_?(?:HOST|SERVER|ADDR|URL|URI)/i],
];

/** Databases of other kinds that a task's settings ask for. */
export const otherEngines = (settings: readonly SeenSetting[]): Engine[] => [
  ...new Set(
    settings.flatMap(({ key, text }) => {
      const word = engineWord({ key, text });
      const url = URLS.find(([, pattern]) => pattern.test(text))?.[0];
      const host = HOSTS.find(([, pattern]) => pattern.test(key))?.[0];
      return [word, url, host].filter((engine): engine is Engine => engine !== undefined && engine !== 'postgres');
    }),
  ),
];
