import { readFileSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** How each program reads its settings, as arguments of client.sh: apps of the same kind differ in nothing else. */
const APPS: Readonly<Record<string, string>> = {
  miniflux: 'url DATABASE_URL',
  vikunja: 'parts VIKUNJA_DATABASE_HOST - VIKUNJA_DATABASE_USER VIKUNJA_DATABASE_PASSWORD VIKUNJA_DATABASE_DATABASE',
  linkding: 'parts LD_DB_HOST LD_DB_PORT LD_DB_USER LD_DB_PASSWORD LD_DB_DATABASE',
  paperless: 'parts PAPERLESS_DBHOST PAPERLESS_DBPORT PAPERLESS_DBUSER PAPERLESS_DBPASS PAPERLESS_DBNAME',
  grafana: 'parts GF_DATABASE_HOST - GF_DATABASE_USER GF_DATABASE_PASSWORD GF_DATABASE_NAME',
  sonarr:
    'parts SONARR__POSTGRES__HOST SONARR__POSTGRES__PORT SONARR__POSTGRES__USER SONARR__POSTGRES__PASSWORD SONARR__POSTGRES__MAINDB SONARR__POSTGRES__LOGDB',
  keycloak: 'jdbc KC_DB_URL KC_DB_USERNAME KC_DB_PASSWORD',
  billing: 'jdbc SPRING_DATASOURCE_URL SPRING_DATASOURCE_USERNAME SPRING_DATASOURCE_PASSWORD',
  collect: 'words COLLECT_DSN',
  synapse: 'file "$1" database',
  hass: 'file-url "$1" db_url',
  wiki: 'url WIKI_DATABASE_URI',
  outline: 'url DATABASE_URL',
  notes: 'url DATABASE_URL',
  authentik:
    'parts AUTHENTIK_POSTGRESQL__HOST AUTHENTIK_POSTGRESQL__PORT AUTHENTIK_POSTGRESQL__USER AUTHENTIK_POSTGRESQL__PASSWORD AUTHENTIK_POSTGRESQL__NAME',
  reading: 'parts READING_DB_HOST READING_DB_PORT READING_DB_USER READING_DB_PASSWORD READING_DB_NAME',
  forgejo: 'parts FORGEJO__database__HOST - FORGEJO__database__USER FORGEJO__database__PASSWD FORGEJO__database__NAME',
  woodpecker: 'url WOODPECKER_DATABASE_DATASOURCE',
  hedgedoc: 'url CMD_DB_URL',
  mealie: 'parts POSTGRES_SERVER POSTGRES_PORT POSTGRES_USER POSTGRES_PASSWORD POSTGRES_DB',
  atuin: 'url ATUIN_DB_URI',
  ledger: 'parts LEDGER_DB_HOST LEDGER_DB_PORT LEDGER_DB_USER LEDGER_DB_PASSWORD LEDGER_DB_NAME',
  stock: 'url DATABASE_URL',
  'postgres-exporter': 'url DATA_SOURCE_NAME',
  reports: 'parts PGHOST PGPORT PGUSER PGPASSWORD PGDATABASE',
  warden: 'url DATABASE_URL',
  photos: 'file "$1" name',
  umami: 'url DATABASE_URL DIRECT_URL',
  shop: 'url ORDERS_DATABASE_URL CATALOG_DATABASE_URL',
  weather:
    'parts WEATHER_POSTGRES_HOST WEATHER_POSTGRES_PORT WEATHER_POSTGRES_USER WEATHER_POSTGRES_PASSWORD WEATHER_POSTGRES_DB',
  firefly: 'parts DB_HOST DB_PORT DB_USERNAME DB_PASSWORD DB_DATABASE',
  stats: 'url DATABASE_URL',
  api: 'url DATABASE_URL',
  gate: 'text "$3"',
  gallery: 'url DATABASE_URL',
  board:
    'parts BOARD_DATABASE_HOST BOARD_DATABASE_PORT BOARD_DATABASE_USER BOARD_DATABASE_PASSWORD BOARD_DATABASE_NAME',
  music: 'url MUSIC_DB_URL',
  lost: 'url DATABASE_URL',
  queue: 'idle',
  lists: 'idle',
  guests: 'idle',
};

/** Before an app reads its settings: a password that comes as a file, and what is written nowhere in the jobspec. */
const before = (port: number, password: string): Readonly<Record<string, string>> => ({
  n8n: `DB_POSTGRESDB_PASSWORD=$(cat "$DB_POSTGRESDB_PASSWORD_FILE") && export DB_POSTGRESDB_PASSWORD
set -- parts DB_POSTGRESDB_HOST DB_POSTGRESDB_PORT DB_POSTGRESDB_USER DB_POSTGRESDB_PASSWORD DB_POSTGRESDB_DATABASE`,
  chat: `CHAT_PORT=${port} CHAT_PASSWORD='${password}' && export CHAT_PORT CHAT_PASSWORD
set -- parts CHAT_POSTGRES_HOST CHAT_PORT CHAT_POSTGRES_USER CHAT_PASSWORD CHAT_POSTGRES_NAME`,
  blog: `BLOG_DB_NAME=blog_live && export BLOG_DB_NAME
set -- parts BLOG_DB_HOST BLOG_DB_PORT BLOG_DB_USER BLOG_DB_PASSWORD BLOG_DB_NAME`,
});

const START = `#!/bin/sh
set -eu
`;
const RUN = 'exec "$(dirname "$0")/client"';

/** Name and text of every program that the jobs start. */
export const programs = (port: number, password: string): [name: string, text: string][] => [
  ...(['client', 'postgres-entrypoint'] as const).map((name): [string, string] => [
    name,
    readFileSync(join(import.meta.dirname, `${name}.sh`), 'utf8'),
  ]),
  ['answers', `${START}exec $(ls -d /usr/lib/postgresql/*/bin | tail -n 1)/pg_isready -q -h "$1" -p "$2"\n`],
  ...Object.entries(APPS).map(([name, how]): [string, string] => [name, `${START}${RUN} ${how}\n`]),
  ...Object.entries(before(port, password)).map(([name, text]): [string, string] => [
    name,
    `${START}${text}\n${RUN} "$@"\n`,
  ]),
];

/** Into a folder of the node, and into the root folder of isolated tasks. */
export async function installPrograms(
  folders: readonly string[],
  all: readonly [name: string, text: string][],
): Promise<void> {
  for (const folder of folders) {
    await mkdir(folder, { recursive: true });
    for (const [name, text] of all) {
      await writeFile(join(folder, name), text);
      await chmod(join(folder, name), 0o755);
    }
  }
}
