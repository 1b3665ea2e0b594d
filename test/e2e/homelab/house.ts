import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AdoptVerdict } from '../../../src/report/adopt-report.js';

/** A job of the house: how its file is written, what is true of it, and what dbctl has to say about the file. */
export interface HouseJob {
  readonly job: string;
  /** How it is told its database, in words for the table. */
  readonly written: string;
  /** Under the names the servers have; the main one first. Empty for a job that uses none. */
  readonly databases: readonly string[];
  readonly role: string | null;
  readonly server: 'shared' | 'own' | 'other job' | 'other engine' | 'nowhere' | 'none';
  readonly verdict: AdoptVerdict;
  /** Part of the sentence that says why a file is not patched. */
  readonly why?: RegExp;
  /** What discover must find beside it, by code. */
  readonly finding?: string;
}

const FOLDER = join(import.meta.dirname, 'jobs');

/** What stands in the files for what differs from lab to lab. */
export interface Marks {
  readonly host: string;
  readonly port: number;
  /** Where Consul answers for names. */
  readonly dns: string;
  /** Folder of the programs on the node itself. */
  readonly bin: string;
}

export const PASSWORD = 'c4n4ry@house/of cards';

/** As it has to stand in a URL. */
export const ENCODED = encodeURIComponent(PASSWORD);

/** Of the roles whose password is written out without escapes, or fetched as it is into a URL. */
export const PLAIN = 'c4n4ry-of-the-house';

export const houseText = (job: string, { host, port, dns, bin }: Marks): string =>
  readFileSync(join(FOLDER, `${job}.nomad.hcl`), 'utf8')
    .replaceAll('__HOST__', host)
    .replaceAll('__PORT__', String(port))
    .replaceAll('__DNS__', dns)
    .replaceAll('__BIN__', bin)
    .replaceAll('__PASSWORD__', PLAIN)
    .replaceAll('__ENCODED__', ENCODED);

export const houseFiles = (): string[] =>
  readdirSync(FOLDER)
    .map((name) => name.replace(/\.nomad\.hcl$/, ''))
    .sort();

const shared = (
  job: string,
  role: string,
  databases: string,
  written: string,
  more: Partial<HouseJob> = {},
): HouseJob => ({
  ...{ job, role, written, server: 'shared', verdict: 'patched' },
  databases: databases.split(', '),
  ...more,
});

/** Of a file that only a person can change, with the reason that has to be given. */
const byHand = (why: RegExp, more: Partial<HouseJob> = {}): Partial<HouseJob> => ({
  ...{ verdict: 'instructions', why },
  ...more,
});

export const HOUSE: readonly HouseJob[] = [
  shared('feeds', 'miniflux', 'miniflux2', 'URL in `env`'),
  shared('todo', 'vikunja', 'tasks', 'host and port in one key of `env`, password by a one-line template from Vault'),
  shared('links', 'linkding', 'bookmarks', '`env` as a map, password from a Nomad Variable'),
  shared('papers', 'papers', 'paperless_ngx', 'template, keys inside of a `range` over a Consul service, `<<EOH`'),
  shared('dashboards', 'dashboards', 'panels', 'map for the address, `<<-EOT` with trimmed actions for the password'),
  shared('series', 'sonarr', 'sonarr-main, sonarr-log', 'two databases of one app, `index` of a Consul service'),
  shared('sso', 'keycloak', 'identity', 'JDBC URL, user and password beside it'),
  shared('billing', 'billing', 'invoices', 'JDBC URL with a Consul name, in a bridge network'),
  shared('collector', 'collect', 'metrics', 'words of libpq, a filtered Consul service, password from Consul KV'),
  shared('matrix', 'synapse', 'homeserver', 'YAML file of a template, `<<-EOF`'),
  shared('hass', 'hass', 'recorder', 'URL in a YAML file, password from Consul KV'),
  shared('wiki', 'wiki', 'wikidb', 'URL with a driver and a Consul name, in a bridge network'),
  shared('team', 'outline', 'team', 'URL of three variables of the file'),
  shared('notes', 'notes', 'notes_app', 'URL in a local of the file'),
  shared('login', 'authentik', 'authentik', 'two tasks: one with addresses written out, one with lookups'),
  shared('reading', 'reading', 'reading_list', 'two groups, each with lookups'),
  shared('forge', 'forge', 'git_house', 'host and port in one key by lookups, in a bridge network'),
  shared('automation', 'n8n', 'workflows', 'parts in `env`, password in a file'),
  shared('ci', 'ci', 'woodpecker', 'URL inside of nested `with` and `range`, password through a variable'),
  shared('pads', 'pads', 'pads_db', 'URL with a Nomad Variable and `index` of a Consul service'),
  shared('recipes', 'mealie', 'cookbook', "keys that are also the server image's own, port as a number"),
  shared('history', 'atuin', 'shell', 'quoted URL, indented, inside of a `range`'),
  shared('ledger', 'ledger_rw', 'bookkeeping', 'parts of an app that nobody knows, by lookups'),
  shared('stock', 'stock', 'inventory', 'URL with an async driver, and an exporter beside it'),
  shared('reports', 'reports', 'reporting', "libpq's own keys, a group without a network"),
  shared('safe', 'safe-keeper', 'safe deposit', 'names and password with escapes, tabs'),
  shared('photos', 'photos', 'album', 'INI file of a template'),
  shared('visits', 'umami', 'analytics', 'two URLs to one database'),
  shared('shop', 'shop', 'orders, catalog', 'two URLs to two databases'),
  shared('weather', 'weather', 'measurements', 'parts in `env`, and a task that waits for the server'),
  shared('budget', 'budget', 'money', '`range` with an index, a computed file name'),
  shared('stats', 'stats', 'hits', 'the whole URL lies in Vault', byHand(/comes as a whole from Vault/)),
  shared('api', 'api', 'api_v2', 'URL in `env`, two copies'),
  shared('gate', 'gate', 'doors', 'URL in the arguments', byHand(/where dbctl changes nothing/)),
  shared('chat', 'chat', 'rooms', 'a host without a port', byHand(/no port/)),
  shared('blog', 'blog', 'blog_live', 'a file of its own wins over `env`', { finding: 'SESSIONS_ELSEWHERE' }),
  {
    ...{ job: 'gallery', role: 'curator', databases: ['curator'], server: 'own', verdict: 'already-dedicated' },
    written: 'its own server on a host volume: `POSTGRES_USER`, and a `POSTGRES_NAME` that is not read',
  },
  {
    ...{ job: 'board', role: 'postgres', databases: ['kanban'], server: 'own', verdict: 'already-dedicated' },
    written: 'its own server: `POSTGRES_DB_FILE`, reached by the port that Nomad gives',
  },
  {
    ...{ job: 'music-db', role: null, databases: [], server: 'none', verdict: 'already-dedicated' },
    written: 'a server in a job of its own; its configuration file wins over `PGPORT`',
  },
  {
    ...{ job: 'music', role: 'band', databases: ['songs'], server: 'other job', verdict: 'no-database' },
    ...{ written: 'URL by a Nomad service to a server of another job', why: /none of --from/ },
  },
  {
    ...{ job: 'lost', role: 'lost', databases: [], server: 'nowhere', verdict: 'no-database' },
    ...{ written: 'URL to a host outside of the cluster', why: /none of --from/, finding: 'CLIENT_WITHOUT_SERVER' },
  },
  {
    ...{ job: 'guests-db', role: null, databases: [], server: 'none', verdict: 'no-database' },
    ...{ written: 'MariaDB from a script, settings in `my.cnf`', finding: 'ENGINE_NOT_MANAGED' },
  },
  {
    ...{ job: 'guests', role: 'guests', databases: ['guest-book'], server: 'other engine', verdict: 'other-engine' },
    written: 'keys of a PostgreSQL app that say MySQL',
  },
  {
    ...{ job: 'queue', role: null, databases: [], server: 'none', verdict: 'no-database' },
    written: 'Redis on the same host',
  },
  {
    ...{ job: 'lists', role: null, databases: [], server: 'none', verdict: 'other-engine' },
    written: 'SQLite, with left-over keys of a server',
  },
];
