import { readConnection, schemeOf, splitHostPort } from '../connection-text.js';
import { type KeyMeaning, type KeyRole, keyMeaning } from './key-words.js';
import type { Engine } from './types.js';
import { isComputed } from './written.js';

/** One database connection that a task is told. */
export interface Told {
  /** Keys or paths that say so. */
  readonly keys: readonly string[];
  /** `null` where only the server can say. */
  readonly engine: Engine | null;
  readonly host: string | null;
  readonly port: number | null;
  /** The main one first; empty when the settings name none. */
  readonly databases: readonly string[];
  readonly role: string | null;
}

const SCHEMES: Readonly<Record<string, Engine>> = {
  postgres: 'postgresql',
  postgresql: 'postgresql',
  psql: 'postgresql',
  pgsql: 'postgresql',
  mysql: 'mysql',
  mysql2: 'mysql',
  mariadb: 'mariadb',
  mongodb: 'mongodb',
};

/** Of a connection string; `undefined` for one of no engine that is known here, a web address for example. */
export const engineOfUrl = (text: string): Engine | undefined => SCHEMES[schemeOf(text) ?? ''];

/** A connection string by its own look, whatever its key is called: a URL, or words of libpq. */
export const isConnection = (text: string): boolean =>
  engineOfUrl(text) !== undefined || (/(?:^|\s)host\s*=/.test(text) && /\s(?:dbname|user)\s*=/.test(text));

/** `other`: something that is no server, such as SQLite, or one that is not looked for. */
export const engineOfWord = (text: string): Engine | 'other' | null => {
  const word = text.trim().toLowerCase();
  if (word === '') return null;
  if (/^(?:django\.db\.backends\.|pdo_|org\.)?(?:postgres\w*|pgsql|psql|pgx|pg|psycopg\d?)\b/.test(word))
    return 'postgresql';
  if (/mariadb/.test(word)) return 'mariadb';
  if (/mysql/.test(word)) return 'mysql';
  if (/mongo/.test(word)) return 'mongodb';
  return /sqlite|bolt|file|memory|mssql|sqlserver|oracle|json|h2|redis|leveldb/.test(word) ? 'other' : null;
};

interface Pair {
  readonly key: string;
  readonly value: string;
  readonly meaning: KeyMeaning;
}

/**
 * Connections that settings tell by the names of their keys, for apps that no preset knows. Keys with the same words in front
 * belong together. Nothing is claimed from a name, a user or a port alone: something has to say where the server is.
 */
export const toldByKeys = (settings: Iterable<readonly [key: string, value: string]>): Told[] => {
  const pairs = [...settings].flatMap(([key, value]) => pairOf(key, value));
  const urls = pairs.filter(({ meaning }) => meaning.role === 'url').flatMap((pair) => toldByUrl(pair, pairs));
  const stems = [...new Set(pairs.filter(isHost).map(({ meaning }) => meaning.stem))];
  const homeless = pairs.filter(({ meaning }) => !stems.includes(meaning.stem));
  const parts = stems.flatMap((stem) => {
    const own = pairs.filter(({ meaning }) => meaning.stem === stem);
    // `DB_HOST` beside `POSTGRES_DB`: with one server only they can but belong together.
    return toldByParts(stems.length === 1 && urls.length === 0 ? [...own, ...homeless] : own);
  });
  return [...urls, ...parts];
};

const pairOf = (key: string, raw: string): Pair[] => {
  const value = raw.trim().replace(/^(["'])(.*)\1$/s, '$2');
  if (value === '') return [];
  // An app may call it what it likes: a connection string is one by its own look.
  if (isConnection(value)) return [{ key, value, meaning: { stem: key, role: 'url', inFile: false } }];
  const meaning = keyMeaning(key);
  if (meaning === undefined) return [];
  return meaning.role === 'database' && isType(key, value)
    ? [{ key, value, meaning: { ...meaning, role: 'type' } }]
    : [{ key, value, meaning }];
};

/** `KC_DB=postgres` is a kind of server, `POSTGRES_DB=postgres` a database. */
const isType = (key: string, value: string): boolean =>
  DRIVERS.test(value) ||
  (!/name|database$|^(?:postgres|postgresql|mysql|mariadb|mongo|mongodb|pg)_/i.test(key) &&
    engineOfWord(value) !== null);

const DRIVERS = /^(?:psycopg\d?|sqlite\d?|pgx|mysqli|pdo_\w+)$/;

const isHost = ({ meaning: { role }, value }: Pair): boolean =>
  role === 'host' && (isComputed(value) || hostOf(value)[0] !== null);

const plain = (text: string | null): string | null => (text === null || isComputed(text) ? null : text);

const toldByUrl = ({ key, value }: Pair, all: readonly Pair[]): Told[] => {
  const { host, port, database, user } = readConnection(value);
  const engine = schemeOf(value) === null ? engineOfWords(value) : engineOfUrl(value);
  // All of it may be computed: then nobody knows yet what it is.
  if (engine === undefined || (host === null && !isComputed(value))) return [];
  const name = plain(database);
  const databases = name === null ? [] : [name];
  const beside = user === null ? userBeside(key, all) : undefined;
  const role = plain(user ?? beside?.value ?? null);
  const keys = beside === undefined ? [key] : [key, beside.key];
  return [{ keys, engine, host: plain(host), port: portOf(port), databases, role }];
};

/** A JDBC URL leaves it to a key of its own, with the same words in front. */
const userBeside = (key: string, all: readonly Pair[]): Pair | undefined => {
  const stem = keyMeaning(key)?.stem;
  return all.find(({ meaning }) => meaning.role === 'user' && meaning.stem === stem);
};

const engineOfWords = (text: string): Engine | null | undefined => {
  if (text.includes('@tcp(')) return 'mysql';
  if (/(?:^|\s)(?:host|dbname)\s*=/.test(text)) return 'postgresql';
  return isComputed(text) ? null : undefined;
};

const toldByParts = (pairs: readonly Pair[]): Told[] => {
  const of = (role: KeyRole): Pair[] => pairs.filter(({ meaning }) => meaning.role === role);
  const types = of('type').map(({ value }) => engineOfWord(value));
  if (types.includes('other')) return [];
  const [where] = of('host').filter(isHost);
  if (where === undefined) return [];
  const [host, beside] = hostOf(where.value);
  const port = portOf(beside ?? of('port')[0]?.value ?? null);
  const engine = types.find((type) => type !== null && type !== 'other') ?? engineOfKeys(pairs) ?? engineOfPort(port);
  const used = [where, ...of('port'), ...of('database'), ...of('user').slice(0, 1)];
  return [
    {
      keys: used.map(({ key }) => key),
      engine: engine as Engine | null,
      ...{ host, port },
      databases: [...new Set(of('database').flatMap(({ value }) => plain(value) ?? []))],
      role: plain(of('user')[0]?.value ?? null),
    },
  ];
};

const engineOfKeys = (pairs: readonly Pair[]): Engine | null => {
  const words = pairs.map(({ key }) => key.toLowerCase()).join(' ');
  if (/postgres|pgsql|psql|(?:^|[\s_.])pg(?:host|_)/.test(words)) return 'postgresql';
  if (/mariadb/.test(words)) return 'mariadb';
  if (/mysql|wordpress/.test(words)) return 'mysql';
  return /mongo/.test(words) ? 'mongodb' : null;
};

const engineOfPort = (port: number | null): Engine | null =>
  port === 3306 ? 'mysql' : port === 27_017 ? 'mongodb' : null;

/** `db`, `db:5432`, `tcp://db:5432`, `[::1]`, `/run/postgresql`; `null` for what is no address. */
const hostOf = (text: string): [host: string | null, port: string | null] => {
  const bare = text.replace(/^tcp:\/\//, '');
  if (bare.startsWith('/')) return [bare, null];
  const [host, port] = splitHostPort(bare.split(',')[0] ?? '');
  return host !== null && /^[\p{L}\p{N}._:-]+$/u.test(host) ? [host, port] : [null, null];
};

const portOf = (text: string | null): number | null => (text !== null && /^\d{1,5}$/.test(text) ? Number(text) : null);
