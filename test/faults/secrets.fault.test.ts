import { randomBytes } from 'node:crypto';
import { statSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { framedPsql } from '../../src/adapters/framed-psql.js';
import { nomadAdapter } from '../../src/adapters/nomad/index.js';
import { sqlLiteral } from '../../src/shared/quote.js';
import { sharedServer } from '../e2e/cluster-state.js';
import { expectOk } from '../e2e/expectations.js';
import { LabWorld, type Run } from '../e2e/lab-world.js';
import { Canary, filesBelow, listOr, readOr } from '../support/canary.js';
import { type LabVault, labVault } from '../support/lab-vault.js';
import { ProcessWatch } from '../support/process-watch.js';
import { type Exchange, type HttpProxy, httpProxy, type Verdict } from '../support/proxy/http-proxy.js';
import { spawnSleeper } from '../support/sleeper.js';
import { fault } from './fault.js';

/** Needs care in SQL, shell, URL and JSON. */
const PASSWORD = `Kn4$/+%25&?:\\x'${randomBytes(9).toString('base64')}`;

const canary = new Canary();
const spoken: string[] = [];
const requests: string[] = [];
let world: LabWorld;
let behind: LabWorld;
let vault: LabVault;
let proxies: { nomad: HttpProxy; vault: HttpProxy };
let watch: ProcessWatch;

beforeAll(async () => {
  world = await LabWorld.up('fault-secrets', { scale: 1 });
  vault = labVault(world.lab);
  proxies = { nomad: await httpProxy(world.lab.nomadAddr), vault: await httpProxy(world.lab.vaultAddr) };
  behind = world.behind({ nomad: proxies.nomad.address, vault: proxies.vault.address });
  passAndNote();
  canary.add('token for Vault', world.lab.vaultToken.reveal());
  canary.add('password of the admin', await world.secret('postgres/admin'));
  canary.add('password of speedtest', PASSWORD);
  await talkative();
  watch = new ProcessWatch(canary, isDatabaseTask, lookInAllocations);
  watch.start();
  for (const verb of ['migrate', 'rollback'])
    spoken.push(text(expectDone(await behind.move(verb, ...(verb === 'migrate' ? ['--no-rehearse'] : [])))));
  const args = ['--app', 'miniflux', '--yes', '--confirm', 'notes', '--json'];
  spoken.push(text(expectDone(await behind.dbctl('provision', 'notes', ...args))));
  canary.add('password of notes', await world.secret('postgres/notes'));
  await watch.stop();
}, 300_000);

afterAll(async () => {
  await watch?.stop();
  await proxies?.nomad.close();
  await proxies?.vault.close();
  await world?.down();
}, 120_000);

const text = ({ stdout, stderr }: Run): string => `${stdout}\n${stderr}`;

function expectDone(run: Run): Run {
  expectOk(run);
  return run;
}

function passAndNote(): void {
  const note = ({ method, path, body, upgrade }: Exchange, withBody: boolean): void =>
    void requests.push(`${method} ${path} ${withBody && !upgrade ? body : ''}`);
  proxies.nomad.judge((exchange) => {
    note(exchange, true);
    return { kind: 'pass' };
  });
  // A new password is sent to Vault, and only there.
  proxies.vault.judge((exchange) => {
    note(exchange, false);
    return { kind: 'pass' };
  });
}

const EVERYTHING = [
  "alter system set log_statement = 'all'",
  'alter system set log_min_duration_statement = 0',
  "alter system set log_min_error_statement = 'debug5'",
  "alter system set log_error_verbosity = 'verbose'",
];

/** The app's password becomes the canary; both logs tell as much as they can. */
async function talkative(): Promise<void> {
  await sharedServer(world, async (client) => {
    await client.query(`alter role speedtest password ${sqlLiteral(PASSWORD)}`);
    for (const statement of EVERYTHING) await client.query(statement);
    await client.query('select pg_reload_conf()');
  });
  await vault.write('postgres/speedtest', { password: PASSWORD });
  const jobspec = await world.jobspecText();
  await writeFile(world.jobspec, jobspec.replace('{{ .Data.data.password }}', '{{ .Data.data.password | toJSON }}'));
  await world.registerJobspec();
  const path = join(world.lab.dir, 'vault-audit.log');
  const answer = await vault.call('PUT', 'sys/audit/file', { type: 'file', options: { file_path: path } });
  expect(answer.status).toBe(204);
  await world.untilWriting();
}

/** The tasks that dbctl renders. The app's own, and those of the shared instance, are the operator's. */
const isDatabaseTask = (environment: string): boolean =>
  /(?:^|\0)NOMAD_TASK_NAME=(?:postgres|db-[a-z]+)\0/.test(environment) &&
  !/\0NOMAD_JOB_NAME=postgresql\0/.test(`\0${environment}`);

const allocs = (): string => join(world.lab.dir, 'nomad/alloc');
const servers = new Set<string>();

/** Meanwhile: the run's own password is read from the toolbox, and a new server is made to log everything at once. */
function lookInAllocations(): void {
  for (const alloc of listOr(allocs())) {
    const pgpass = readOr(join(allocs(), alloc, 'db-backup/secrets/dbctl/pgpass'))
      .toString()
      .trim();
    const found = pgpass.split(':').at(-1);
    if (found) canary.add(`password of a run: ${found.slice(0, 4)}`, found);
    const socket = listOr(join(allocs(), alloc, 'alloc/pg')).find((name) => /^\.s\.PGSQL\.\d+$/.test(name));
    if (socket === undefined || servers.has(alloc)) continue;
    servers.add(alloc);
    void logAll(alloc, Number(socket.split('.').at(-1))).catch(() => servers.delete(alloc));
  }
}

async function logAll(allocId: string, port: number): Promise<void> {
  const script = `${EVERYTHING.join(';\n')};\nselect to_json(pg_reload_conf());\n`;
  const target = { allocId, task: 'db-backup', database: 'postgres', host: '${NOMAD_ALLOC_DIR}/pg', port };
  await framedPsql(nomadAdapter({ address: world.lab.nomadAddr })).run(target, script);
}

/** Of a task's folder only what tasks and templates write; the rest is the copied system. */
const SYSTEM = /\/nomad\/alloc\/[^/]+\/[^/]+\/(?!local|tmp|secrets|private|logs|data|dbctl|pg)[^/]+$/;
const outsideSecrets = (path: string): boolean => SYSTEM.test(path) || /\/(secrets|private)$/.test(path);

const nomadText = async (path: string): Promise<string> =>
  JSON.stringify(await world.nomad<unknown>(path).catch(() => null));

async function inNomad(): Promise<string[]> {
  const texts: string[] = [];
  for (const { ID } of await world.nomad<{ ID: string }[]>('/v1/jobs')) {
    const { Versions } = await world.nomad<{ Versions: { Version: number }[] }>(`/v1/job/${ID}/versions`);
    texts.push(
      JSON.stringify(Versions),
      await nomadText(`/v1/job/${ID}/allocations`),
      await nomadText(`/v1/job/${ID}/evaluations`),
    );
    for (const { Version } of Versions) texts.push(await nomadText(`/v1/job/${ID}/submission?version=${Version}`));
  }
  const variables = await world.nomad<{ Path: string }[]>('/v1/vars');
  for (const { Path } of variables) texts.push(await nomadText(`/v1/var/${Path}`));
  expect(texts.join('')).toContain('db-gate');
  expect(variables.map(({ Path }) => Path)).toContain('dbctl/services/speedtest');
  return canary.in('Nomad', texts.join('\n'));
}

/** Nomad's and Vault's own logs, Vault's audit file among them. A dev server itself says its root token when it starts. */
const inAgentLogs = (): string[] =>
  listOr(world.lab.dir)
    .filter((name) => name.endsWith('.log'))
    .flatMap((name) =>
      canary.in(
        name,
        readOr(join(world.lab.dir, name))
          .toString('latin1')
          .replace(/^Root Token: .*$/m, ''),
      ),
    );

const inAllocations = (): string[] => canary.inFiles(allocs(), outsideSecrets);
const inVolumes = (): string[] => canary.inFiles(join(world.lab.dir, 'volumes'));
const inKept = (): string[] =>
  [world.state, world.lab.home].flatMap((folder) =>
    canary.inFiles(folder, (path) => path === join(world.state, 'home')),
  );

fault(
  18,
  'a password with quotes, slashes and signs, followed through a move, a way back and a provision',
  async () => {
    expect(canary.names.filter((name) => name.startsWith('password of a run')).length).toBeGreaterThanOrEqual(1);
    expect(spoken.join('').length).toBeGreaterThan(1000);
    expect(requests.filter((line) => line.includes('/exec?')).length).toBeGreaterThan(20);
    expect(watch.looked).toBeGreaterThan(1000);
    const logs = [...filesBelow(allocs(), outsideSecrets)].filter((path) => /postgres\.std(?:out|err)/.test(path));
    const statements = logs.filter((path) => readOr(path).includes('statement: '));
    expect(statements.length, 'the shared server and a dedicated one log their statements').toBeGreaterThanOrEqual(2);
    expect({
      output: canary.in('output', spoken.join('\n')),
      requests: canary.in('requests', requests.join('\n')),
      processes: [...watch.finds],
      nomad: await inNomad(),
      logs: inAgentLogs(),
      allocations: inAllocations(),
      volumes: inVolumes(),
      kept: inKept(),
    }).toEqual({
      ...{ output: [], requests: [], processes: [], nomad: [], logs: [], allocations: [], volumes: [], kept: [] },
    });
    return 'in no output, argument, environment of its tasks, URL, job version, variable, log, dump or file outside secrets';
  },
);

fault(18, 'the same secret laid into each of those places on purpose', async () => {
  const hidden = Buffer.from(`x${PASSWORD}y`).toString('base64url');
  const file = (folder: string): string => {
    const path = join(folder, 'planted');
    writeFileSync(path, hidden);
    return path;
  };
  const [alloc = ''] = listOr(allocs());
  const planted = [
    ...[file(world.state), file(join(world.lab.dir, 'volumes')), file(join(allocs(), alloc, 'alloc/data'))],
    join(world.lab.dir, 'planted.log'),
  ];
  writeFileSync(planted.at(-1) ?? '', encodeURIComponent(PASSWORD));
  await world.nomad('/v1/var/planted', { method: 'PUT', body: JSON.stringify({ Items: { a: hidden } }) });
  const sleeper = spawnSleeper(PASSWORD.replaceAll("'", "''"), { NOMAD_TASK_NAME: 'db-init', X: hidden });
  const looking = new ProcessWatch(canary, isDatabaseTask);
  await sleeper.running;
  looking.look();
  sleeper.end();
  const finds = [await inNomad(), inAgentLogs(), inAllocations(), inVolumes(), inKept(), [...looking.finds]];
  expect(finds.map((list) => list.length > 0)).toEqual([true, true, true, true, true, true]);
  expect([...looking.finds].map((find) => find.split(' ')[0]).sort()).toEqual(['arguments', 'environment']);
  return 'found in each: the search can fail';
});

fault(18, 'files of a move, a way back and a provision, looked at for who may read them', async () => {
  const modes = (folder: string, skip: (path: string) => boolean = () => false): string[] =>
    [...filesBelow(folder, skip)]
      .filter((path) => (statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o077)
      .map((path) => relative(world.lab.dir, path));
  const volumes = join(world.lab.dir, 'volumes');
  const planted = (path: string): boolean => path.endsWith('/planted');
  const ours = (path: string): boolean => planted(path) || path === join(world.state, 'home');
  expect(modes(world.state, ours)).toEqual([]);
  const apps = (path: string): boolean => planted(path) || /_config|ledger/.test(path);
  expect([...filesBelow(volumes, apps)].some((path) => path.endsWith('manifest.json'))).toBe(true);
  expect(modes(volumes, apps)).toEqual([]);
  return 'dumps, manifests, journals and run files are for their owner alone';
});

/** What a server that quotes its caller would say. */
const quoting = (): string => {
  const token = world.lab.vaultToken.reveal();
  const said = `denied: ${token} ${Buffer.from(`t=${token}`).toString('base64')} ${encodeURIComponent(PASSWORD)} ${JSON.stringify(PASSWORD)}`;
  return JSON.stringify({ errors: [said] });
};

fault(15, 'Vault and Nomad answer 400, 403, 429, 500 or nothing, and quote token and password in it', async () => {
  const outcomes: string[] = [];
  for (const target of ['vault', 'nomad'] as const)
    for (const status of [400, 403, 429, 500, 0]) {
      // The password is read once before: nobody else can know that it is one.
      let read = false;
      const verdict = (exchange: Exchange, here: boolean): Verdict => {
        const broken = here && read && !/lock|dbctl\/services/.test(exchange.path);
        read ||= exchange.path.includes('/data/postgres/speedtest');
        if (!broken) return { kind: 'pass' };
        return status === 0 ? { kind: 'reset' } : { kind: 'answer', status, body: quoting() };
      };
      proxies.vault.judge((exchange) => verdict(exchange, target === 'vault'));
      proxies.nomad.judge((exchange) => verdict(exchange, target === 'nomad'));
      // What Nomad breaks off in the middle of a move is undone, slowly; the same words come through when it only looks.
      const run = await (target === 'vault'
        ? behind.move('migrate', '--no-rehearse')
        : behind.dbctl('plan', 'speedtest', '--json'));
      passAndNote();
      outcomes.push(`${run.code}`);
      // A plan tells of some of it as a finding.
      if (target === 'vault') expect(run.code, text(run)).not.toBe(0);
      expect(canary.in(`${target} ${status}`, text(run))).toEqual([]);
    }
  expect(inKept().filter((line) => !line.includes('planted'))).toEqual([]);
  return `exit ${[...new Set(outcomes)].sort().join(', ')}; [secret] in place of every one, in text and --json`;
});

fault(15, 'an error of an HTTP client that nobody catches, with the token in its message and headers', async () => {
  const script = `import { subscribe } from 'node:diagnostics_channel';
    subscribe('http.client.request.start', ({ request }) => request.path.includes('/data/') && setTimeout(() => {
      const token = process.env.VAULT_TOKEN;
      throw Object.assign(new Error('request failed: ' + token), { config: { headers: { 'X-Vault-Token': token } } }); }))`;
  const before = process.env['NODE_OPTIONS'];
  process.env['NODE_OPTIONS'] = `--import=data:text/javascript,${encodeURIComponent(script)}`;
  proxies.vault.judge(({ path }) => (path.includes('/data/') ? { kind: 'stall' } : { kind: 'pass' }));
  const run = await behind.dbctl('plan', 'speedtest', '--json').finally(() => {
    if (before === undefined) delete process.env['NODE_OPTIONS'];
    else process.env['NODE_OPTIONS'] = before;
  });
  passAndNote();
  expect(run.code).toBe(1);
  expect(run.stderr).toContain('request failed: [secret]');
  expect(run.json.error?.code).toBe('INTERNAL');
  expect(canary.in('output', text(run))).toEqual([]);
  return 'exit 1, INTERNAL, [secret] in its place; the headers are not shown';
});
