import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadHcl, unsplice } from '../../src/render/index.js';
import type { AdoptedFile, AdoptVerdict } from '../../src/report/adopt-report.js';
import { type AdoptDeps, type AdoptRequest, adopt, undoAdopt, writeAdopted } from '../../src/usecases/adopt.js';
import { requireDocument } from '../support/json-documents.js';

const FOLDER = join(import.meta.dirname, 'jobspecs');
const hcl = await loadHcl();
const names = readdirSync(FOLDER).sort();
const texts = new Map(names.map((name) => [name, readFileSync(join(FOLDER, name), 'utf8')]));

/** Files in memory: what is written is seen. */
function memory(start: Iterable<[string, string]>): AdoptDeps & { readonly disk: Map<string, string> } {
  const disk = new Map(start);
  const files: AdoptDeps['files'] = {
    read: (path) => Promise.resolve(disk.get(path)),
    write: (path, text) => Promise.resolve(void disk.set(path, text)),
  };
  return { files, disk, hcl: () => Promise.resolve(hcl), inventory: undefined };
}

const request = (paths: readonly string[], more: Partial<AdoptRequest> = {}): AdoptRequest => ({
  ...{ paths, from: [], image: null, driver: null, app: null, keys: [], databases: [], role: null },
  ...more,
});

async function adopted(name: string, more: Partial<AdoptRequest> = {}): Promise<AdoptedFile> {
  const { report } = await adopt(memory(texts), request([name], more));
  const [file] = report.files;
  if (file === undefined) throw new Error(`no report about ${name}`);
  return file;
}

/** Verdict, databases, keys that change, and the lines that are left to a person. */
type Expected = readonly [AdoptVerdict, databases: string, changed: string, left: readonly number[]];

const EXPECTED: Readonly<Record<string, Expected>> = {
  'app-and-exporter': ['patched', 'inv', 'DATABASE_URL DATA_SOURCE_NAME', []],
  'authentik-two-tasks': [
    'patched',
    'authentik',
    'AUTHENTIK_POSTGRESQL__HOST AUTHENTIK_POSTGRESQL__PORT AUTHENTIK_POSTGRESQL__HOST AUTHENTIK_POSTGRESQL__PORT',
    [],
  ],
  'bare-database-key': ['patched', 'catalogue', 'RAILS_DB_HOST', []],
  'bridge-with-static-db-port': ['patched', 'maps', 'MAPS_DB_URL', []],
  'builds-own-address': ['patched', 'builds', 'BUILDS_DATABASE_SOURCE', []],
  'canary-parts-in-env': ['patched', 'quotes', 'QUOTES_POSTGRES_HOST QUOTES_POSTGRES_PORT', []],
  'cni-network': ['patched', 'atuin', 'ATUIN_DB_URI', []],
  'config-xml': ['patched', 'indexers-main indexers-log', 'Config.PostgresPort Config.PostgresHost', []],
  'connect-own-server': ['already-dedicated', '', '', []],
  'connect-upstream': ['patched', 'polls', 'POSTGRES_PORT', [14]],
  'crlf-tabs': ['patched', 'inv', 'DATABASE_URL', []],
  'csi-no-network-mode': ['patched', 'n8n', 'DB_POSTGRESDB_HOST DB_POSTGRESDB_PORT', []],
  'data-in-one-line': ['instructions', '', '', [15]],
  'driver-of-its-own': ['patched', 'requests', 'DB_HOST DB_PORT', []],
  'dsn-in-own-config': ['patched', '', 'DATABASE_URL', []],
  'dump-at-night': ['instructions', 'shop', '', [15]],
  'dynamic-tasks': ['instructions', 'inv', '', [22]],
  'engine-by-variable': ['patched', 'steps', 'DB_POSTGRESDB_HOST', []],
  'env-map-podman': ['patched', 'plants', 'PLANTS_DB_HOST', []],
  'freshrss-own-file': ['instructions', '', '', []],
  'gitea-sqlite': ['other-engine', '', '', []],
  'grafana-host-network': ['patched', 'dashboards', 'GF_DATABASE_HOST', []],
  'hcl-variables': ['patched', 'miniflux2', 'DATABASE_URL', [19]],
  'home-assistant-yaml': ['patched', 'hass', 'recorder.db_url', []],
  'host-without-port': ['instructions', 'chat', '', [13]],
  jinja: ['instructions', 'counts', '', [16]],
  'json-config': ['patched', 'runner', 'postgres.host', []],
  'json-on-one-line': ['instructions', '', '', [16]],
  'keycloak-jdbc': ['patched', 'identity', 'KC_DB_URL', []],
  'keycloak-on-mysql': ['other-engine', '', '', []],
  'kind-not-said': ['instructions', '', '', [19]],
  'list-of-stores': ['patched', 'gateway', 'databases.1.host', []],
  'local-in-query': ['patched', '', 'DATABASE_URL', []],
  'local-url': ['patched', 'notes', 'DATABASE_URL', [18]],
  'login-in-one-block': ['patched', 'shells', 'SHELLS_DB_URI', []],
  'login-in-variable': ['patched', 'shiori', 'SHIORI_DATABASE_URL', []],
  'login-made-by-vault': ['instructions', 'tickets', '', [18]],
  'logs-in-as-postgres': ['instructions', 'facts', '', [18, 16, 17]],
  'lookup-with-fallback': [
    'patched',
    'flows',
    'DB_POSTGRESDB_HOST DB_POSTGRESDB_PORT DB_POSTGRESDB_HOST DB_POSTGRESDB_PORT',
    [],
  ],
  'mealie-defaults': ['patched', 'mealie', 'POSTGRES_SERVER', []],
  'migration-then-app': ['patched', 'surveys', 'SURVEYS_DATABASE_URL SURVEYS_DATABASE_URL', []],
  'mysql-only-app': ['other-engine', '', '', []],
  'mysql-pair': ['other-engine', '', '', []],
  'names-by-template-variables': ['patched', '', 'VOTES_STORE', []],
  'names-in-consul-kv': ['patched', '', 'CMD_DB_URL', []],
  'names-in-hcl-object': ['patched', '', 'DATABASE_URL', []],
  'names-in-vault': ['patched', '', 'MINUTES_PG_HOST MINUTES_PG_PORT', []],
  'nearest-of-several': ['patched', 'products', 'PRODUCTS_DSN', []],
  'nomad-pack': ['instructions', 'app', '', [12]],
  'only-redis': ['no-database', '', '', []],
  'own-network-in-bridge': ['patched', 'tunnel', 'DATABASE_URL', []],
  'own-network-of-each': ['patched', 'pages', 'DATABASE_URL', []],
  'own-server': ['already-dedicated', 'owner', '', []],
  'paperless-range-block': ['patched', 'papers', 'PAPERLESS_DBHOST PAPERLESS_DBPORT', []],
  'paperless-without-port': ['patched', 'archive', 'PAPERLESS_DBHOST PAPERLESS_DBPORT', []],
  'patroni-server': ['already-dedicated', '', '', []],
  'podman-bridge': ['patched', 'reader', 'POSTGRES_HOST', []],
  'pooler-ini': ['patched', 'parcels', 'databases.parcels databases.parcels', []],
  'port-called-db': ['instructions', 'panels', '', [19]],
  'properties-file': ['patched', 'flows', 'spring.datasource.url', []],
  'pooler-in-the-group': ['patched', 'orders', 'DATABASE_URL', []],
  'raw-exec-dsn': ['patched', 'metrics', 'COLLECT_DSN COLLECT_DSN', []],
  'reader-without-port': ['patched', 'feeds', 'TTRSS_DB_HOST TTRSS_DB_PORT TTRSS_DB_HOST TTRSS_DB_PORT', []],
  'secret-in-backticks': ['patched', 'jotter', 'JOTTER_CONNECTION_STRING', []],
  'secret-inside-lookup': ['patched', '', 'ALBUMS_DB_HOST ALBUMS_DB_PORT', []],
  'server-and-worker-env': ['patched', 'mailer', 'DATABASE_URL DATABASE_URL', []],
  'settings-in-another-file': ['instructions', '', '', [15]],
  'setup-script': ['patched', 'shelf', 'DB_PORT DB_HOST', [18, 19]],
  'shared-server': ['already-dedicated', '', '', []],
  'social-by-variables': ['patched', 'social', 'DB_HOST DB_PORT', []],
  'sonarr-two-databases': ['patched', 'sonarr-main sonarr-log', 'SONARR__POSTGRES__HOST SONARR__POSTGRES__PORT', []],
  'spring-jdbc': ['patched', 'billing', 'SPRING_DATASOURCE_URL', []],
  'synapse-config': ['patched', 'synapse', 'database.args.host', []],
  'tag-from-template': ['patched', 'boards', 'BOARDS_DSN BOARDS_DSN', []],
  'task-without-group': ['instructions', 'polls', '', [12, 13]],
  terraform: ['unreadable', '', '', []],
  'tls-by-key': ['instructions', 'receipts', '', [15, 15, 18]],
  'tls-by-switch': ['instructions', 'robots', '', [16, 17, 20]],
  'tls-in-url': ['instructions', 'pipes', '', [20]],
  'two-apps-two-roles': ['instructions', 'names clerks', '', [20, 21, 37]],
  'two-copies-env': ['patched', 'api', 'DATABASE_URL', []],
  'two-groups-lookups': ['patched', 'linkding', 'LD_DB_HOST LD_DB_PORT LD_DB_HOST LD_DB_PORT', []],
  'unknown-parts': ['patched', 'ledger', 'LEDGER_STORE_HOST LEDGER_STORE_PORT', []],
  'url-in-args': ['instructions', '', '', [10]],
  'url-in-vault': ['instructions', '', '', [15]],
  'vault-role-of-group': ['patched', 'payroll', 'PGHOST', []],
  'vector-keys': ['patched', 'memories', 'PGVECTOR_HOST PGVECTOR_PORT', []],
  'vikunja-nomad-service': ['patched', 'vikunja', 'VIKUNJA_DATABASE_HOST', []],
  'waits-for-server': ['patched', 'outline', 'DATABASE_URL', [15]],
  'waits-with-same-keys': ['patched', 'gatekeeper', 'KC_DB_URL_HOST KC_DB_URL_PORT KC_DB_URL_HOST KC_DB_URL_PORT', []],
  'wiki-consul-dns': ['patched', 'wikidb', 'WIKI_DATABASE_URI', []],
};

const summary = ({ verdict, found, change, left }: AdoptedFile): Expected => [
  verdict,
  [...new Set((found?.clients ?? []).flatMap(({ databases }) => databases))].join(' '),
  (change?.settings ?? []).map(({ key }) => key).join(' '),
  left.flatMap(({ line }) => line ?? []),
];

const stem = (name: string): string => name.replace(/\.nomad\.\w+$/, '');
const patched = names.filter((name) => EXPECTED[stem(name)]?.[0] === 'patched');

describe('jobspecs as people write them', () => {
  it('are more than sixty, each with an expectation', () => {
    expect(names.length).toBeGreaterThanOrEqual(60);
    expect(names.map(stem)).toEqual(Object.keys(EXPECTED).sort());
  });

  it.each(names)('%s is judged right', async (name) => {
    expect(summary(await adopted(name))).toEqual(EXPECTED[stem(name)]);
  });

  it('give a document that fits its schema, and no password that is written out in a file', async () => {
    const { report } = await adopt(memory(texts), request(names));
    const json = JSON.stringify(report);
    requireDocument(JSON.parse(json));
    for (const secret of ['sailing-boat', 'not-in-here', 'secret-word', 'n0tes']) expect(json).not.toContain(secret);
  });

  it('of one call get ports of their own', async () => {
    const { report } = await adopt(memory(texts), request(names));
    const ports = report.files
      .filter(({ change }) => change?.reason.includes('host network'))
      .map(({ change }) => change?.address);
    expect(ports.length).toBeGreaterThan(2);
    expect(new Set(ports).size).toBe(ports.length);
  });
});

/** Lines outside of the marked part that are not of the file, and are not about a key that changed. */
function strangers(before: string, after: string, file: AdoptedFile | undefined): string[] {
  const keys = (file?.change?.settings ?? []).map(({ key }) => key.split('.').at(-1) ?? key);
  const own = after.replaceAll(/^[ \t]*# >>> dbctl (\w+) [\s\S]*?^[ \t]*# <<< dbctl \1 .*\r?\n/gm, '');
  const lines = before.split('\n');
  // A lookup that a neighbour trims into stays as a block that always holds.
  const isOurs = (line: string): boolean => /^\s*\{\{-? if true -?\}\}$/.test(line);
  return own
    .split('\n')
    .filter((line) => !lines.includes(line) && !keys.some((key) => line.includes(key)) && !isOurs(line));
}

describe('a file that was patched', () => {
  it.each(patched)('%s keeps every other byte, changes once, and comes back whole', async (name) => {
    const before = texts.get(name) ?? '';
    const deps = memory([[name, before]]);
    const result = await adopt(deps, request([name]));
    await writeAdopted(deps, result);
    const after = deps.disk.get(name) ?? '';
    expect(strangers(before, after, result.report.files[0])).toEqual([]);
    expect(unsplice(hcl, after)).toBe(before);
    const again = await adopt(deps, request([name]));
    expect(again.report.files[0]?.verdict).toBe('already-dedicated');
    await writeAdopted(deps, again);
    expect(deps.disk.get(name)).toBe(after);
    await writeAdopted(deps, await undoAdopt(deps, [name]));
    expect(deps.disk.get(name)).toBe(before);
  });

  it('that needs a job for its database gets it in a file beside it, never over another one', async () => {
    const deps = memory([['a/two.nomad.hcl', texts.get('two-groups-lookups.nomad.hcl') ?? '']]);
    const result = await adopt(deps, request(['a/two.nomad.hcl']));
    await writeAdopted(deps, result);
    expect(deps.disk.get('a/bookmarks-postgres.nomad.hcl')).toMatch(/^job "bookmarks-postgres"/m);
    const taken = memory([
      ['a/two.nomad.hcl', texts.get('two-groups-lookups.nomad.hcl') ?? ''],
      ['a/bookmarks-postgres.nomad.hcl', 'something else'],
    ]);
    await expect(writeAdopted(taken, await adopt(taken, request(['a/two.nomad.hcl'])))).rejects.toThrow(
      /there already/,
    );
    expect(taken.disk.get('a/two.nomad.hcl')).toBe(texts.get('two-groups-lookups.nomad.hcl'));
  });
});

/** Variables of that path are for one task of the job alone. */
const OF_ITS_TASK = (texts.get('login-in-variable.nomad.hcl') ?? '').replaceAll(
  /nomadVar "nomad\/jobs\/[^"]*"/g,
  'nomadVar "nomad/jobs/links/web/app"',
);

describe('what the operator says', () => {
  it('a role that only its own task may read is asked for once, and then it is enough', async () => {
    const deps = memory([['links.hcl', OF_ITS_TASK]]);
    const one = async (more: Partial<AdoptRequest> = {}): Promise<AdoptedFile | undefined> =>
      (await adopt(deps, request(['links.hcl'], more))).report.files[0];
    expect((await one())?.next).toEqual(['dbctl adopt links.hcl --role <name>']);
    const file = await one({ role: 'shiori' });
    expect([file?.verdict, file?.change?.settings.map(({ to }) => to)]).toEqual(['patched', ['127.0.0.1:5432']]);
  });

  it('an answer about one file is about that file alone', async () => {
    const names = ['links.hcl', 'freshrss-own-file.nomad.hcl'];
    const deps = memory([...texts, ['links.hcl', OF_ITS_TASK]]);
    const first = await adopt(deps, request(names));
    expect([...first.asks]).toEqual([
      ['links.hcl', ['role']],
      ['freshrss-own-file.nomad.hcl', ['database', 'role']],
    ]);
    const answers = new Map([['links.hcl', { role: 'shiori' }]]);
    const { report } = await adopt(deps, request(names, { answers }));
    expect(report.files.map(({ verdict }) => verdict)).toEqual(['patched', 'instructions']);
  });

  it('Immich is not given an image without its extensions', async () => {
    const text = (texts.get('wiki-consul-dns.nomad.hcl') ?? '')
      .replace('example/wiki:2.5', 'ghcr.io/immich-app/immich-server:v2')
      .replace('WIKI_DATABASE_URI', 'DB_URL');
    const verdict = async (image: string | null): Promise<string | undefined> =>
      (await adopt(memory([['i.hcl', text]]), request(['i.hcl'], { image }))).report.files[0]?.verdict;
    expect(await verdict(null)).toBe('instructions');
    expect(await verdict('ghcr.io/immich-app/postgres:17-vectorchord0.4.3')).toBe('patched');
  });

  it('a port key of an unknown app makes it whole', async () => {
    const keys = [{ key: 'CHAT_DB_HOST', role: 'host:port', form: 'host:port' }] as const;
    const file = await adopted('host-without-port.nomad.hcl', { keys, databases: ['chat'], role: 'chat' });
    expect([file.verdict, file.change?.settings.map(({ to }) => to)]).toEqual(['patched', ['127.0.0.1:5433']]);
  });

  it('a server that is none of --from leaves the file alone', async () => {
    const file = await adopted('keycloak-jdbc.nomad.hcl', { from: ['postgres'] });
    expect([file.verdict, file.why]).toEqual([
      'no-database',
      'its database is at 192.168.7.20, which is none of --from',
    ]);
    expect((await adopted('keycloak-jdbc.nomad.hcl', { from: ['192.168.7.20:5432'] })).verdict).toBe('patched');
  });

  it('an app with a file of its own gets its tool as a task', async () => {
    const file = await adopted('freshrss-own-file.nomad.hcl', { databases: ['rss'], role: 'rss' });
    expect(file.verdict).toBe('patched');
    expect(file.change?.diff).toContain('task "db-repoint"');
  });

  it('a file that is not there is refused before anything is read', async () => {
    await expect(adopt(memory(texts), request(['absent.hcl']))).rejects.toThrow(/no such file/);
  });
});

describe('what is in the way', () => {
  it.each([
    ['port-called-db', /^take that port out if nothing uses it, else give it another name/],
    ['task-without-group', /^put it into group "polls"/],
    ['two-apps-two-roles', /^a database beside the app has one owner: put each of these apps into a job of its own/],
    ['kind-not-said', /^if it is the shared PostgreSQL, say its address or service: --from/],
    ['tls-in-url', /switch it off there, then run again: dbctl adopt tls-in-url\.nomad\.hcl$/],
  ])('in %s is said with the step that ends it', async (name, next) => {
    expect((await adopted(`${name}.nomad.hcl`)).next[0]).toMatch(next);
  });

  it('is over when the operator says that the database is the shared one', async () => {
    for (const from of [['db'], ['elsewhere']]) {
      const file = await adopted('kind-not-said.nomad.hcl', { from });
      expect(file.verdict).toBe(from[0] === 'db' ? 'patched' : 'instructions');
    }
  });

  it('a role that the file says is not overruled: the app would go on logging in by it', async () => {
    const file = await adopted('logs-in-as-postgres.nomad.hcl', { role: 'facts' });
    expect([file.verdict, file.left[0]?.old]).toEqual(['instructions', 'DB_USERNAME = postgres']);
  });

  it('another program that fills the file in is told by what it is', async () => {
    expect((await adopted('jinja.nomad.hcl')).why).toMatch(/^Ansible, or another program that fills in Jinja/);
  });

  it('two apps with a database each are not sent to one', async () => {
    const { left } = await adopted('two-apps-two-roles.nomad.hcl');
    expect(left.map((line) => line.new)).toEqual([null, null, null]);
  });

  it.each([
    ['secret-in-backticks', 'kv/data/jotter/pg', 'password'],
    ['login-in-one-block', 'kv/data/shells', 'pass'],
  ])('the password of %s is asked for where the app has it', async (name, path, key) => {
    const { left, change } = await adopted(`${name}.nomad.hcl`);
    expect(left.filter((line) => line.new?.startsWith('vault kv put'))).toEqual([]);
    expect(change?.diff).toContain(path);
    expect(change?.diff).toMatch(new RegExp(`\\.Data\\.data\\.${key}\\b`));
  });
});

describe('an app that insists on TLS', () => {
  const look = async (name: string, from: string, to: string): Promise<AdoptedFile | undefined> => {
    const text = (texts.get(`${name}.nomad.hcl`) ?? '').replace(from, to);
    return (await adopt(memory([['x.hcl', text]]), request(['x.hcl']))).report.files[0];
  };

  it('is told every line that changes together, its query and its port too', async () => {
    const url = await adopted('tls-in-url.nomad.hcl');
    expect(url.left.map((line) => line.new)).toEqual([
      'PIPES_STORE_URL="postgresql://pipes:{{ .Data.data.password }}@{{ env "NOMAD_IP_db" }}:{{ env "NOMAD_PORT_db" }}/pipes?sslmode=disable&connect_timeout=5"',
    ]);
    const key = await adopted('tls-by-key.nomad.hcl');
    expect(key.left.map((line) => line.new?.replaceAll(/ +/g, ' '))).toEqual([
      'PAPERLESS_DBHOST = "${NOMAD_IP_db}"',
      'PAPERLESS_DBPORT = "${NOMAD_PORT_db}"',
      'PAPERLESS_DBSSLMODE = "disable"',
    ]);
  });

  it.each([
    ['tls-by-switch', 'SSL_ENABLED = "true"', 'SSL_ENABLED = "false"'],
    ['tls-by-switch', 'DB_POSTGRESDB_SSL_ENABLED', 'LICENSES_SSL_ENABLED'],
    ['tls-in-url', 'sslmode=verify-full', 'sslmode=prefer'],
    ['tls-in-url', '?sslmode=verify-full&', '?'],
    ['tls-by-key', '"require"', '"disable"'],
    ['tls-by-key', 'PAPERLESS_DBSSLMODE ', 'MAIL_SSLMODE '],
  ])('is none in %s with %s as %s', async (name, from, to) => {
    expect((await look(name, from, to))?.verdict).toBe('patched');
  });
});

describe('files that are no jobspecs', () => {
  const one = async (text: string, name = 'x.hcl'): Promise<AdoptedFile | undefined> =>
    (await adopt(memory([[name, text]]), request([name]))).report.files[0];

  it.each([
    ['', 'x.hcl'],
    ['{"Job": {}}', 'x.json'],
    ['id = "vol"\ntype = "csi"\n', 'volume.hcl'],
    ['job "x" {', 'x.hcl'],
    ['\u0000\u0001', 'x.hcl'],
  ])('%j is told as unreadable', async (text, name) => {
    expect((await one(text, name))?.verdict).toBe('unreadable');
  });

  it('a job without a group or task is no database', async () => {
    expect((await one('job "x" {\n}\n'))?.verdict).toBe('no-database');
  });

  it('what Terraform fills in is shown, not patched', async () => {
    const file = await one(`${texts.get('wiki-consul-dns.nomad.hcl') ?? ''}# $\${NOMAD_PORT_http}\n`);
    expect([file?.verdict, file?.left.map(({ line }) => line)]).toEqual(['instructions', [17]]);
  });

  it('a container outside of its group network is not pointed at loopback', async () => {
    const text = (texts.get('wiki-consul-dns.nomad.hcl') ?? '').replace(
      'ports = ["http"]',
      'ports = ["http"]\n        network_mode = "lan"',
    );
    const file = await one(text);
    expect([file?.change?.placement, file?.change?.reason]).toEqual([
      'own-job',
      "task app has network_mode lan, which is not its group's network",
    ]);
  });
});

describe('names that the file fetches', () => {
  const textOf = async (name: string): Promise<string> => {
    const { texts: out } = await adopt(memory(texts), request([name]));
    return out.get(name) ?? '';
  };
  const fetchedIn = (text: string): string[] => [
    ...new Set(
      [...text.matchAll(/destination = "secrets\/(role|database-1)"[^}]*?data +=( .*)/g)].map(
        ([, file, data]) => `${file}${data}`,
      ),
    ),
  ];

  it.each([
    [
      'names-in-vault',
      '{{ with secret \\"secret/data/minutes\\" }}{{ .Data.data.database }}{{ end }}',
      '{{ with secret \\"secret/data/minutes\\" }}{{ .Data.data.login }}{{ end }}',
    ],
    ['names-in-consul-kv', '{{ key \\"pads/db/name\\" }}', '{{ key \\"pads/db/user\\" }}'],
    [
      'names-by-template-variables',
      '{{ with nomadVar \\"nomad/jobs/votes\\" }}{{ .pg_base }}{{ end }}',
      '{{ with nomadVar \\"nomad/jobs/votes\\" }}{{ .pg_login }}{{ end }}',
    ],
    ['names-in-hcl-object', '${var.db.base}', '${var.db.login}'],
    [
      'secret-inside-lookup',
      '{{ with secret \\"kv/data/albums\\" }}{{ .Data.data.base }}{{ end }}',
      '{{ with secret \\"kv/data/albums\\" }}{{ .Data.data.user }}{{ end }}',
    ],
  ])('of %s are fetched by the tasks of the database in the same words', async (name, database, role) => {
    const text = await textOf(`${name}.nomad.hcl`);
    expect(fetchedIn(text).sort()).toEqual([`database-1 "${database}"`, `role "${role}"`]);
    expect(text).toContain('CREATE DATABASE :"database_1" OWNER :"role"');
    expect(text).not.toContain('the one of');
  });

  const withUser = (lines: string): string => `job "things" {
  group "things" {
    network {
      mode = "bridge"
    }
    task "things" {
      driver = "docker"
      config {
        image = "example/things:1"
      }
      template {
        destination = "secrets/db.env"
        env         = true
        data        = <<EOT
PGHOST=pg.service.consul
PGPORT=5432
PGDATABASE=things
PGPASSWORD={{ key "things/password" }}
${lines}
EOT
      }
    }
  }
}
`;
  const roleOf = async (lines: string): Promise<string | undefined> => {
    const { report, texts: out } = await adopt(memory([['x.hcl', withUser(lines)]]), request(['x.hcl']));
    return report.files[0]?.verdict === 'patched'
      ? /destination = "secrets\/role"[^}]*?data +=( .*)/.exec(out.get('x.hcl') ?? '')?.[1]
      : report.files[0]?.next.join();
  };

  it.each([
    ['PGUSER={{ key "a/b" | trimSpace }}', '{{ key \\"a/b\\" | trimSpace }}'],
    ['PGUSER=app_{{ key "a/b" }}', 'app_{{ key \\"a/b\\" }}'],
    ['PGUSER={{ keyOrDefault "a/b" "c" }}', '{{ keyOrDefault \\"a/b\\" \\"c\\" }}'],
    [
      '{{ with $s := secret "kv/data/x" }}\nPGUSER={{ $s.Data.data.user }}\n{{ end }}',
      '{{ with secret \\"kv/data/x\\" }}{{ .Data.data.user }}{{ end }}',
    ],
    [
      '{{ with secret "kv/data/x" }}{{ with .Data.data }}\nPGUSER={{ .user }}\n{{ end }}{{ end }}',
      '{{ with secret \\"kv/data/x\\" }}{{ .Data.data.user }}{{ end }}',
    ],
    [
      'PGUSER={{ with secret `kv/data/x` }}{{ index .Data.data "my-user" }}{{ end }}',
      '{{ with secret `kv/data/x` }}{{ index .Data.data \\"my-user\\" }}{{ end }}',
    ],
    [
      '{{ range service "other" }}{{ with nomadVar "nomad/jobs/things" }}\nPGUSER={{ .user }}\n{{ end }}{{ end }}',
      '{{ with nomadVar \\"nomad/jobs/things\\" }}{{ .user }}{{ end }}',
    ],
  ])('are told apart from what is around them: %j', async (lines, expected) => {
    expect(await roleOf(lines)).toBe(` "${expected}"`);
  });

  it.each([
    'PGUSER={{ key "a/b" | toUpper }}',
    'PGUSER={{ env "WHO" }}',
    'PGUSER=${NOMAD_META_user}',
    'PGUSER={{ range service "x" }}{{ .Name }}{{ end }}',
    'PGUSER={{ with secret "kv/x" }}{{ .Data.user }}{{ end }}',
    '{{ if keyExists "a" }}\nPGUSER={{ key "a" }}\n{{ end }}',
    '{{ with nomadVar "nomad/jobs/things" }}\nPGUSER={{ .user }}\n{{ else }}\n{{ end }}',
    '{{ with nomadVar "nomad/jobs/things/things/things" }}\nPGUSER={{ .user }}\n{{ end }}',
    '{{ $u := key "a" }}{{ $u = key "b" }}\nPGUSER={{ $u }}',
    '{{ $u := key "a" }}{{ range $u := ls "b" }}\nPGUSER={{ $u }}\n{{ end }}',
    'PGUSER={{ with secret (printf "kv/data/%s" "x") }}{{ .Data.data.user }}{{ end }}',
  ])('are asked for where another task might read something else: %j', async (lines) => {
    expect(await roleOf(lines)).toMatch(/^dbctl adopt x\.hcl .*--role <name>$/);
  });

  it('ask Vault by the role that the group of the app names', async () => {
    expect(await textOf('vault-role-of-group.nomad.hcl')).toMatch(
      /task "db-init"[\s\S]*vault \{\n\s+role = "payroll-jobs"/,
    );
  });

  it('are asked for where another job would have to read them', async () => {
    const text = (texts.get('names-in-vault.nomad.hcl') ?? '').replace('group "web" {', 'group "web" {\n    count = 2');
    const { report } = await adopt(memory([['x.hcl', text]]), request(['x.hcl']));
    expect([report.files[0]?.verdict, report.files[0]?.next]).toEqual([
      'instructions',
      ['dbctl adopt x.hcl --database <name> --role <name>'],
    ]);
  });

  it('are those of the operator, where he says them', async () => {
    const file = await adopted('names-in-vault.nomad.hcl', { databases: ['minutes'], role: 'clerk' });
    expect(file.change?.diff).toContain('CREATE DATABASE "minutes" OWNER "clerk"');
  });
});

describe('an inventory that knows the keys of an app', () => {
  const INVENTORY = `version: 1
services:
  chat:
    database: chat
    role: chat
    settings: { CHAT_DB_HOST: "host:port" }
`;

  it('is not asked again', async () => {
    const name = 'host-without-port.nomad.hcl';
    const deps = { ...memory(texts), inventory: { text: INVENTORY, path: 'dbctl.yaml' } };
    const [file] = (await adopt(deps, request([name]))).report.files;
    expect([file?.verdict, file?.change?.settings.map(({ to }) => to)]).toEqual(['patched', ['127.0.0.1:5433']]);
    expect(file?.next).toEqual(['dbctl migrate chat']);
  });

  it('is what a flag asks to write down', async () => {
    const keys = [{ key: 'CHAT_DB_HOST', role: 'host:port', form: 'host:port' }] as const;
    const file = await adopted('host-without-port.nomad.hcl', { keys, databases: ['chat'], role: 'chat' });
    expect(file.next[0]).toBe(
      'into dbctl.yaml, so that it is said once: services.chat.settings: { CHAT_DB_HOST: "host:port" }',
    );
  });
});
