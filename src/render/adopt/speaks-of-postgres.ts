import type { SettingRole } from '../preset.js';
import { engineStart, engineWord, isEngineKey } from './engines.js';
import type { SeenSetting } from './seen-settings.js';

const PORT = '5432';

/** Other things that have hosts too. */
const STRANGERS =
  /REDIS|VALKEY|MYSQL|MARIA|MONGO|RABBIT|AMQP|SMTP|MAIL|LDAP|ELASTIC|OPENSEARCH|CLICKHOUSE|MEMCACHE|KAFKA|INFLUX|S3_|MINIO|VIRTUAL_HOST/i;
const SPEAKS_OF_POSTGRES = /POSTGRES|PGSQL|PSQL|(?:^|[_.])PG(?:[_.]|$)|PG_?BOUNCER|PG_?VECTOR|TIMESCALE/i;
const NAMES_POSTGRES = /postgres|pgsql|\bpg\b|pgbouncer|pgvector|timescale|patroni|\bpsql\b/i;
const ABOUT_A_DATABASE = /DB|DATABASE|SQL|DATASOURCE/i;

export interface Named {
  readonly setting: SeenSetting;
  readonly role: SettingRole;
}

/** Where a program listens, and addresses of web servers, are none of a database, whatever stands beside them. */
export const isServerAddress = ({ key, text }: SeenSetting): boolean =>
  !/LISTEN|BIND/i.test(key) &&
  !/^(?:0\.0\.0\.0|\[?::\]?|\*)(?::\d+)?$/.test(text) &&
  !/^[a-z][\w+.-]*:\/\//i.test(text);

/** Do keys of that beginning tell a PostgreSQL? `known`: texts of the shared server's addresses. */
export function isPostgres(
  settings: readonly SeenSetting[],
  stem: string,
  own: readonly Named[],
  known: readonly string[],
): boolean {
  if (STRANGERS.test(stem) || isOfStranger(settings, stem, own)) return false;
  const engine = engineOf(settings, stem);
  if (engine !== undefined) return engine === 'postgres';
  const told = own.filter(({ role }) => role === 'host' || role === 'port');
  return (
    SPEAKS_OF_POSTGRES.test(stem) ||
    stem === 'PG' ||
    told.some(({ setting, role }) => (role === 'port' ? setting.text === PORT : namesPostgres(setting, known)))
  );
}

/** `driver: redis` beside the host, or a host that is called so. */
const isOfStranger = (settings: readonly SeenSetting[], stem: string, own: readonly Named[]): boolean =>
  own.some(
    ({ role, setting: { text, origins } }) =>
      role === 'host' &&
      [text, ...origins.map(({ name = '' }) => name)].some((one) => STRANGERS.test(one) && !NAMES_POSTGRES.test(one)),
  ) ||
  settings.some(
    ({ key, text }) =>
      isEngineKey(key) && family(engineStart(key)) === (stem.split(' ')[1] ?? '') && STRANGERS.test(text),
  );

const namesPostgres = ({ text, origins }: SeenSetting, known: readonly string[]): boolean =>
  new RegExp(`:${PORT}$`).test(text) ||
  known.some((name) => name !== '' && (text.includes(name) || origins.some((origin) => origin.name === name))) ||
  origins.some(
    ({ kind, name = '' }) =>
      kind !== 'vault' && kind !== 'consul-kv' && kind !== 'nomad-variable' && NAMES_POSTGRES.test(name),
  ) ||
  (origins[0]?.kind === 'literal' && NAMES_POSTGRES.test(text));

/** Do keys of that beginning tell a database, and nothing of which kind? */
export const isUnclear = (settings: readonly SeenSetting[], stem: string): boolean =>
  /(?:^|[\s_.-])(?:DB|DATABASE)[_.-]*$/.test(stem) && !STRANGERS.test(stem) && engineOf(settings, stem) === undefined;

/**
 * What a sibling like `DB_TYPE` says, if there is one. A word for PostgreSQL speaks of its own family only:
 * `CI_DATABASE_DRIVER` says nothing about `CI_SERVER_HOST`, the app's own name.
 */
function engineOf(settings: readonly SeenSetting[], stem: string): string | undefined {
  const prefix = stem.split(' ')[1] ?? '';
  if (prefix === '') return undefined;
  const near = settings.filter(({ key }) => key.toUpperCase().startsWith(prefix.split(/[_.]/)[0] ?? ''));
  const words = near.flatMap((setting) => {
    const word = engineWord(setting);
    return word === undefined ? [] : [{ word, start: family(engineStart(setting.key)) }];
  });
  const [first] = words;
  if (first?.word !== 'postgres') return first?.word;
  return ABOUT_A_DATABASE.test(prefix) || words.some(({ start }) => isWithin(prefix, start)) ? 'postgres' : undefined;
}

const family = (start: string): string => start.toUpperCase().replace(/[_.-]+$/, '');

/** `database.args` is of the family `database`, `DATABASES` is none. */
const isWithin = (prefix: string, start: string): boolean =>
  start !== '' && prefix.startsWith(start) && /^(?:[_.-]|$)/.test(prefix.slice(start.length));
