import { sharedServer } from './cluster-state.js';
import type { LabWorld } from './lab-world.js';

/** One job of a single task that only waits, told its database in one of the ways that people write. */
export interface WrittenService {
  readonly job: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A template with `env = true`. */
  readonly template?: string;
  /** A config file that a template makes. */
  readonly file?: string;
  /** Under the names the server has; none for a job that must not be claimed to use any. */
  readonly databases: readonly string[];
}

export const CANARY = 'c4n4ry-s3cr3t-of-the-lab';
const PASSWORD = encodeURIComponent(CANARY);
const LOOKUP = '{{ range nomadService "postgresql" }}';

/** Roles are named as the first database. */
export const writtenServices = ({ host, port }: { host: string; port: number }): WrittenService[] => {
  const at = `${host}:${port}`;
  const uri = (role: string, database: string, scheme = 'postgresql'): string =>
    `${scheme}://${encodeURIComponent(role)}:${PASSWORD}@${at}/${encodeURIComponent(database)}`;
  const parts = (front: string, database: string): Record<string, string> => ({
    [`${front}_HOST`]: host,
    [`${front}_PORT`]: String(port),
    [`${front}_NAME`]: database,
    [`${front}_USER`]: database,
    [`${front}_PASSWORD`]: CANARY,
  });
  return [
    {
      job: 'w-laravel',
      env: { ...parts('DB', 'd01'), DB_DATABASE: 'd01', DB_USERNAME: 'd01', DB_CONNECTION: 'pgsql' },
      databases: ['d01'],
    },
    { job: 'w-parts', env: parts('DB', 'd02'), databases: ['d02'] },
    { job: 'w-front', env: parts('SHOP_DB', 'd03'), databases: ['d03'] },
    {
      job: 'w-django',
      env: { ...parts('DATABASE', 'd04'), DATABASE_ENGINE: 'django.db.backends.postgresql' },
      databases: ['d04'],
    },
    { job: 'w-url', env: { DATABASE_URL: uri('d05', 'd05') }, databases: ['d05'] },
    { job: 'w-driver', env: { SQLALCHEMY_DATABASE_URI: uri('d06', 'd06', 'postgresql+asyncpg') }, databases: ['d06'] },
    {
      job: 'w-jdbc',
      env: { SPRING_DATASOURCE_URL: `jdbc:postgresql://${at}/d07?ssl=false`, SPRING_DATASOURCE_USERNAME: 'd07' },
      databases: ['d07'],
    },
    {
      job: 'w-words',
      env: { DATABASE_URL: `host=${host} port=${port} user=d08 password=${CANARY} dbname=d08 sslmode=disable` },
      databases: ['d08'],
    },
    {
      job: 'w-libpq',
      env: { PGHOST: host, PGPORT: String(port), PGUSER: 'd09', PGPASSWORD: CANARY, PGDATABASE: 'd09' },
      databases: ['d09'],
    },
    { job: 'w-implied', env: { PGHOST: host, PGPORT: String(port), PGUSER: 'd10' }, databases: ['d10'] },
    { job: 'w-userless', env: { DATABASE_URL: `postgres://d11:${PASSWORD}@${at}` }, databases: ['d11'] },
    { job: 'w-odd-key', env: { STORAGE: uri('d12', 'd12') }, databases: ['d12'] },
    { job: 'w-odd-name', env: { APP_DB_URL: uri('Ünïcode "x"', 'Ünïcode "x"') }, databases: ['Ünïcode "x"'] },
    { job: 'w-digit', env: parts('DB', '0cron'), databases: ['0cron'] },
    {
      job: 'w-mixed',
      env: { DB_HOST: host, DB_PORT: String(port), POSTGRES_DB: 'd15', POSTGRES_USER: 'd15' },
      databases: ['d15'],
    },
    {
      job: 'w-two',
      env: { MAIN_DATABASE_URL: uri('d16a', 'd16a'), META_DATABASE_URL: uri('d16a', 'd16b') },
      databases: ['d16a', 'd16b'],
    },
    {
      job: 'w-lookup',
      template: `${LOOKUP}DB_HOST={{ .Address }}\nDB_PORT={{ .Port }}\n{{ end }}DB_NAME=d17\nDB_USER=d17\n`,
      databases: ['d17'],
    },
    {
      job: 'w-built',
      template: `DATABASE_URL=postgres://d18:${PASSWORD}@${LOOKUP}{{ .Address }}:{{ .Port }}{{ end }}/d18\n`,
      databases: ['d18'],
    },
    {
      job: 'w-computed',
      template: `{{ range $k := "DB" | split "," }}{{ $k }}_URL=${uri('d19', 'd19')}\n{{ end }}`,
      databases: ['d19'],
    },
    {
      job: 'w-yaml',
      file: `server:\n  port: 80\ndatabase:\n  host: ${host}\n  port: ${port}\n  name: d20\n  user: d20\n  password: ${CANARY}\n`,
      databases: ['d20'],
    },
    {
      job: 'w-ini',
      file: `[server]\nport = 80\n[database]\nhost = ${host}\nport = ${port}\nname = d21\nuser = d21\npassword = ${CANARY}\n`,
      databases: ['d21'],
    },
    { job: 'w-file-url', file: `recorder:\n  db_url: ${uri('d22', 'd22')}\n`, databases: ['d22'] },
    {
      job: 'w-in-file',
      env: { DB_HOST: host, DB_PORT: String(port), DB_USER: 'd23', DB_NAME_FILE: '/proc/sys/kernel/ostype' },
      databases: ['Linux'],
    },
    { job: 'w-host-port', env: { DB_HOST: at, DB_NAME: 'd24', DB_USER: 'd24' }, databases: ['d24'] },
    { job: 'w-type', env: { ...parts('WIKI_DB', 'd25'), WIKI_DB_TYPE: 'postgres' }, databases: ['d25'] },
    { job: 'w-sqlite', env: { ...parts('DB', 'd26'), DB_TYPE: 'sqlite3' }, databases: [] },
    { job: 'w-redis', env: { REDIS_HOST: host, REDIS_PORT: String(port), REDIS_DB: '0' }, databases: [] },
    { job: 'w-elsewhere', env: { ...parts('DB', 'd28'), DB_HOST: 'db.example.org' }, databases: [] },
    { job: 'w-missing', env: parts('DB', 'not_there'), databases: [] },
  ];
};

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Makes the roles and databases of all, and one that nobody uses. */
export async function makeDatabases(world: LabWorld, services: readonly WrittenService[]): Promise<void> {
  await sharedServer(world, async (client) => {
    for (const { databases } of services) {
      const [role] = databases;
      if (role !== undefined) await client.query(`create role ${quoted(role)} login password '${CANARY}'`);
      for (const name of databases) await client.query(`create database ${quoted(name)} owner ${quoted(role ?? '')}`);
    }
    await client.query('create role d23 login');
    await client.query('create database nobodys');
  });
}

export async function runServices(world: LabWorld, services: readonly WrittenService[]): Promise<void> {
  for (const service of services)
    await world.nomad('/v1/jobs', { method: 'POST', body: JSON.stringify({ Job: jobOf(service) }) });
}

const jobOf = ({ job, env = {}, template, file }: WrittenService): object => ({
  ...{ ID: job, Name: job, Type: 'service', Datacenters: ['dc1'] },
  TaskGroups: [
    {
      Name: 'app',
      Count: 1,
      Tasks: [
        {
          ...{ Name: 'app', Driver: 'raw_exec', Env: env },
          Config: { command: '/bin/sh', args: ['-c', 'while :; do sleep 1000; done'] },
          Templates: [
            ...(template === undefined ? [] : [{ EmbeddedTmpl: template, DestPath: 'secrets/app.env', Envvars: true }]),
            ...(file === undefined ? [] : [{ EmbeddedTmpl: file, DestPath: 'local/config.yml' }]),
          ],
          Resources: { CPU: 10, MemoryMB: 10 },
        },
      ],
    },
  ],
});
