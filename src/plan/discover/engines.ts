import type { NomadTask } from '../../ports/nomad.js';
import { bareImage } from '../locate.js';
import type { Engine } from './types.js';

interface EngineRule {
  /** The last name of an image that runs the server; names of tools that go with it must not match. */
  readonly image: RegExp;
  /** Words that start the server, in a command or a script. */
  readonly start: RegExp;
  readonly port: number;
  /** Databases that the engine makes for itself. */
  readonly own: readonly string[];
}

const FLAVOURS =
  'pgvector|pgvecto-rs|timescaledb(?:-ha|-postgis)?|postgis|citus|paradedb|spilo(?:-\\d+)?|vchord-postgres';
const VARIANT =
  '(?:-(?:pgvector|pgvecto-?rs|vector\\w*|timescaledb?|postgis|repmgr|ha|server|alpine|custom|containers|ssl))?';

const TOOLS = '(?:.*-)?(?:backup|wait|exporter|dump|admin|proxy|client|migrate)(?:-|$)';

/** From the images' own documentation; order decides for names that fit two. */
export const ENGINES: Readonly<Record<Engine, EngineRule>> = {
  postgresql: {
    image: new RegExp(
      `^(?!${TOOLS})(?:(?:[\\w.]+-)*(?:postgres|postgresql)${VARIANT}|crunchy-postgres\\w*|${FLAVOURS})$`,
    ),
    start: /(?:^|[\s/;"'])postgres\s+(?:\\\s*)?-/m,
    port: 5432,
    own: ['postgres', 'template0', 'template1'],
  },
  mariadb: {
    image: /^(?:alpine-)?mariadb(?:-(?:galera|server|aria|alpine))?$/,
    start: /(?:^|[\s/;"'])mariadbd(?:-safe)?(?:[\s"']|$)/m,
    port: 3306,
    own: ['mysql', 'information_schema', 'performance_schema', 'sys'],
  },
  mongodb: {
    image: /^(?:mongo|mongodb|mongodb-(?:community|enterprise)-server|percona-server-mongodb)$/,
    start: /(?:^|[\s/;"'])mongod(?:[\s"']|$)/m,
    port: 27_017,
    own: ['admin', 'config', 'local'],
  },
  mysql: {
    image: /^(?:mysql|mysql-server|percona|percona-server)$/,
    start: /(?:^|[\s/;"'])mysqld(?:_safe)?(?:[\s"']|$)/m,
    port: 3306,
    own: ['mysql', 'information_schema', 'performance_schema', 'sys'],
  },
};

const NAMES = Object.keys(ENGINES) as Engine[];

/** Programs of an engine that are no server: an image that starts one of them is somebody's tool. */
const CLIENTS =
  /\b(?:pg_dump|pg_dumpall|pg_restore|pg_isready|pg_basebackup|psql|crond?|mysqldump|mariadb-dump|mysqlsh|mongodump|mongosh|rclone|restic)\b/;

/** By the image, else by a command or script that starts the server. `undefined` for what merely speaks of one. */
export const engineOf = (task: NomadTask): Engine | undefined => {
  if (task.Lifecycle != null && !task.Lifecycle.Sidecar) return undefined;
  const image = engineOfImage(task);
  if (image !== undefined) return isTool(task) ? undefined : image;
  if (imageOf(task) !== '') return undefined;
  return NAMES.find((name) => scriptsOf(task, name).some((text) => ENGINES[name].start.test(text)));
};

/** True for a task with a database's image that runs something else than its server. */
export const isTool = (task: NomadTask): boolean => {
  const image = engineOfImage(task);
  const command = commandOf(task);
  if (image === undefined || command === '') return false;
  const texts = scriptsOf(task, 'postgresql');
  const starts = texts.some((text) => ENGINES[image].start.test(text) || /docker-entrypoint\.sh/.test(text));
  return !starts && texts.some((text) => CLIENTS.test(text));
};

const engineOfImage = (task: NomadTask): Engine | undefined => engineOfImageName(imageOf(task));

/** By the name alone, whoever publishes it. */
export const engineOfImageName = (image: string): Engine | undefined => {
  const name = lastPart(image);
  return name === '' ? undefined : NAMES.find((engine) => ENGINES[engine].image.test(name));
};

const lastPart = (image: string): string => bareImage(image).split('/').at(-1) ?? '';

export const imageOf = (task: NomadTask): string => String(task.Config?.['image'] ?? '');

/** `registry/owner/name:tag` → `name`. */
export const lastName = (task: NomadTask): string => lastPart(imageOf(task));

export const commandOf = (task: NomadTask): string =>
  [task.Config?.['command'] ?? '', ...(Array.isArray(task.Config?.['args']) ? task.Config['args'] : [])]
    .map(String)
    .join(' ')
    .trim();

// Settings of apps often name the server of MySQL (`/run/mysqld/mysqld.sock`), so only its command counts.
const scriptsOf = (task: NomadTask, engine: Engine): string[] => [
  commandOf(task),
  ...(engine === 'postgresql' ? (task.Templates ?? []).map(({ EmbeddedTmpl }) => EmbeddedTmpl ?? '') : []),
];
