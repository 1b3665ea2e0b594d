export type KeyRole = 'host' | 'port' | 'host:port' | 'url' | 'database' | 'user' | 'type';

/** What a key says by its name alone. */
export interface KeyMeaning {
  /** Words in front: keys with the same ones belong together. */
  readonly stem: string;
  readonly role: KeyRole;
  /** The value is the path of a file that holds it. */
  readonly inFile: boolean;
}

const WORDS =
  'db|database|databases|postgres|postgresql|postgresdb|pg|pgsql|psql|mysql|mariadb|mongo|mongodb|sql|datasource|rdbms';
const DATABASE_WORD = new RegExp(`^(?:${WORDS})$`);
const JOINED =
  /^(db|database|pg|pgsql|postgres|postgresql|mysql|mariadb|mongo|mongodb|sql)(hostname|hostaddr|host|server|address|port|name|database|user|username|url|uri|dsn|type|engine)$/;

/** The longest ending first. */
const ROLES: readonly (readonly [ending: string, role: KeyRole])[] = [
  ['connection string', 'url'],
  ['data source name', 'url'],
  ['jdbc url', 'url'],
  ['database name', 'database'],
  ['db name', 'database'],
  ['db user', 'user'],
  ...(['url', 'uri', 'dsn', 'datasource', 'connectionstring', 'conn'] as const).map((word) => [word, 'url'] as const),
  ...(['host', 'hostname', 'hostaddr', 'server', 'addr', 'address'] as const).map((word) => [word, 'host'] as const),
  ['port', 'port'],
  ...(['database', 'dbname', 'name', 'db', 'maindb', 'logdb', 'base'] as const).map(
    (word) => [word, 'database'] as const,
  ),
  ...(['user', 'username', 'login', 'owner'] as const).map((word) => [word, 'user'] as const),
  ...(
    ['type', 'dialect', 'driver', 'engine', 'connection', 'client', 'adapter', 'kind', 'vendor', 'provider'] as const
  ).map((word) => [word, 'type'] as const),
];

/** Keys about something else that happens to have such words. */
const OTHERS =
  /^(?:redis|valkey|cache|smtp|mail|email|ldap|influx|influxdb|clickhouse|elastic|mqtt|amqp|rabbitmq|s3|geoip|pgadmin)$/;
const SECRET = /pass|pwd|secret|token|cred|salt|apikey/i;

/**
 * What the name of an environment key, or of a dotted path in a config file, says about a database. `undefined` for a name
 * that says nothing, for everything that may hold a secret, and for other kinds of servers.
 */
export const keyMeaning = (key: string): KeyMeaning | undefined => {
  if (SECRET.test(key)) return undefined;
  const all = wordsOf(key);
  const inFile = all.at(-1) === 'file';
  const words = inFile ? all.slice(0, -1) : all;
  if (words.some((word) => OTHERS.test(word))) return undefined;
  for (const [ending, role] of ROLES) {
    const tail = ending.split(' ');
    if (words.length < tail.length || words.slice(-tail.length).join(' ') !== ending) continue;
    const stem = stemOf(words, tail);
    return stem === undefined ? undefined : { stem: stem.join('_'), role, inFile };
  }
  return undefined;
};

/** `POSTGRES_DB` keeps POSTGRES, `DATABASE_URL` keeps DATABASE, `MYAPP_DB_NAME` keeps MYAPP and DB. */
const stemOf = (words: readonly string[], tail: readonly string[]): readonly string[] | undefined => {
  const front = words.slice(0, words.length - tail.length);
  if (front.some((word) => DATABASE_WORD.test(word))) return front;
  const own = tail.filter((word) => DATABASE_WORD.test(word));
  return own.length === 0 ? undefined : [...front, ...own.slice(0, 1)];
};

const wordsOf = (key: string): string[] =>
  key
    .split(/[_.\-\s]+|(?<=[a-z])(?=[A-Z])/)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase())
    .flatMap((word) => JOINED.exec(word)?.slice(1) ?? [word]);
