import type { DoctorSources, Given, ServerFiles, ServerSql } from '../../../src/plan/doctor/facts.js';
import type { Allocation, NomadTask } from '../../../src/ports/nomad.js';

/** Facts that a test breaks in place; they are made anew for each. */
export type World = Mutable<DoctorSources> & Mutable<Given>;
type Mutable<T> = T extends Date | (readonly string[] & { brand: never })
  ? T
  : T extends readonly (infer E)[]
    ? Mutable<E>[]
    : T extends object
      ? { -readonly [K in keyof T]: Mutable<T[K]> }
      : T;

type Break = (world: World) => void;

const problem = (code: string) => ({ code, text: `${code} happened`, next: 'do this' });
const must = <T>(value: T | undefined | null): T => {
  if (value === undefined || value === null) throw new Error('the healthy world lacks what is broken here');
  return value;
};
const alloc = (world: World, job: string): Mutable<Allocation> =>
  must(world.cluster.allocations.find(({ JobID }) => JobID === job)) as Mutable<Allocation>;
const stateOf = (world: World, job: string, task: string) => must(must(alloc(world, job).TaskStates)[task]);
const taskOf = (world: World, job: string, name: string): Mutable<NomadTask> =>
  must(
    world.cluster.jobs.find(({ ID }) => ID === job)?.TaskGroups[0]?.Tasks.find(({ Name }) => Name === name),
  ) as Mutable<NomadTask>;
const group = (world: World, job: string) => must(world.cluster.jobs.find(({ ID }) => ID === job)?.TaskGroups[0]);
const shared = (world: World): Mutable<ServerSql> => (world.shared.sql as { value: Mutable<ServerSql> }).value;
const dedicated = (world: World): Mutable<ServerSql> =>
  (must(world.dedicated[0]).sql as { value: Mutable<ServerSql> }).value;
const files = (world: World): Mutable<ServerFiles> =>
  (must(world.dedicated[0]).files as { value: Mutable<ServerFiles> }).value;
const says = (world: World, text: string, task = 'postgres'): void =>
  void world.logs.push({ job: 'speedtest', task, allocId: 'speedtest-0001', text: `started\n${text}\nlast words` });
const speedtest = (world: World) => must(world.journals[0]);
const row = (world: World) => must(world.backups.rows[0]);
const drill = (world: World) => must(world.backups.drills[0]);
const secret = (world: World) => must(world.secrets[1]);
const service = (world: World) => must(world.inventory.services[0]);
const old = (world: World) => must(shared(world).databases.find(({ oid }) => oid === 16_384));

/** For every check a world in which it is the first that is not well. */
export const BROKEN: Readonly<Record<string, Break>> = {
  'nomad-reachable': (w) => (w.nomad.problem = problem('NOMAD_UNAVAILABLE')),
  'nomad-token': (w) => (w.nomad.problem = problem('NOMAD_DENIED')),
  'nomad-nodes': (w) => (must(w.cluster.nodes[0]).status = 'down'),
  'nomad-version': (w) => (must(w.cluster.nodes[0]).nomadVersion = '1.9.7'),
  'driver-healthy': (w) => must(w.cluster.nodes[0]).sickDrivers.push({ name: 'exec', says: 'no cgroups' }),
  'allocation-running': (w) => (alloc(w, 'gitea').ClientStatus = 'failed'),
  'allocation-single': (w) => w.cluster.allocations.push({ ...alloc(w, 'speedtest'), ID: 'speedtest-0002' } as never),
  'task-restarts': (w) => (stateOf(w, 'gitea', 'app').Restarts = 7),
  'max-kill-timeout': (w) => (w.cluster.maxKillTimeout = 30),
  'deployment-healthy': (w) => (alloc(w, 'gitea').DeploymentStatus = { Healthy: false }),
  'vault-reachable': (w) => (w.vault.problem = problem('VAULT_UNAVAILABLE')),
  'vault-sealed': (w) => (w.vault.sealed = true),
  'vault-token': (w) => (w.token.problem = problem('VAULT_DENIED')),
  'vault-ttl': (w) => (w.token.ttlMs = 600_000),
  'vault-rights': (w) => (w.token.may = { 'secret/data/postgres/admin': ['deny'] }),
  'vault-token-broad': (w) => must(w.token.may)['secret/data/postgres/admin']?.splice(0, 1, 'read', 'delete'),
  'workload-policy': (w) => (w.policy.text = null),
  'workload-policy-broad': (w) => (w.policy.text = 'path "secret/data/postgres/*" { capabilities = ["read"] }'),
  'vault-block-missing': (w) => (taskOf(w, 'gitea', 'app')['Vault'] = null),
  'vault-template-denied': (w) => {
    const state = stateOf(w, 'gitea', 'app');
    state.State = 'pending';
    state.Events.push({ Type: 'Template', Time: 1, DisplayMessage: 'Missing: vault.read(secret/data/postgres/gitea)' });
  },
  'vault-on-nodes': (w) => (must(w.cluster.nodes[0]).vault = null),
  'consul-reachable': (w) => (w.consul = { jobs: ['gitea'], problem: problem('CONSUL_UNAVAILABLE') }),
  'job-unknown': (w) => (w.cluster.jobs = w.cluster.jobs.filter(({ ID }) => ID !== 'gitea')),
  'jobspec-unusable': (w) => (must(w.jobspecs[1]).problem = problem('JOBSPEC_NOT_FOUND')),
  'jobspec-drift': (w) => must(w.jobspecs[1]).differences.push({ path: 'group g / Count', file: '2', running: '1' }),
  'journal-unreadable': (w) => (speedtest(w).problem = 'the journal cannot be read'),
  'run-unfinished': (w) => {
    speedtest(w).phase = 'migrating';
    speedtest(w).resume = 'dbctl migrate speedtest --resume';
  },
  'lock-held': (w) => (speedtest(w).locked = true),
  'leftover-job': (w) =>
    w.cluster.jobs.push({ ID: 'dbctl-drill-gitea-20261101-101500-abcd', SubmitTime: 1e18, TaskGroups: [] }),
  'settled-unfinalized': (w) => (speedtest(w).settledAt = '2026-10-01T00:00:00Z'),
  'shared-job': (w) => (w.cluster.jobs = w.cluster.jobs.filter(({ ID }) => ID !== 'postgresql')),
  'shared-running': (w) => (stateOf(w, 'postgresql', 'postgres').State = 'dead'),
  'shared-answers': (w) => (w.shared.sql = { gap: problem('DATABASE_UNAVAILABLE') }),
  'shared-registered': (w) => (w.registered.shared = null),
  'checks-passing': (w) =>
    w.registered.failing.push({ job: 'gitea', service: 'gitea', check: 'alive', status: 'failure' }),
  'connections-free': (w) => (shared(w).connections.used = 95),
  'password-asked': (w) => shared(w).trust.push('host all all 127.0.0.1/32 trust'),
  'settings-safe': (w) => (dedicated(w).settings['fsync'] = 'off'),
  'settings-pending': (w) => shared(w).pendingRestart.push({ name: 'max_connections', setting: '100' }),
  'init-task': (w) => (stateOf(w, 'postgresql', 'init-databases').Failed = true),
  'init-waits': (w) => (stateOf(w, 'postgresql', 'init-databases').State = 'running'),
  'init-log': (w) => says(w, `psql:init.sql:7: ERROR:  syntax error at 'x'`, 'init-databases'),
  'gate-closed': (w) => (stateOf(w, 'speedtest', 'db-gate').State = 'running'),
  'init-block-left': (w) =>
    shared(w).databases.push({ ...old(w), name: 'speedtest', oid: 17_000, open: true, connLimit: -1 }),
  'dedicated-answers': (w) => (must(w.dedicated[0]).sql = { gap: problem('DATABASE_UNAVAILABLE') }),
  'server-identity': (w) => (dedicated(w).systemIdentifier = '9999'),
  'database-missing': (w) => (shared(w).databases = shared(w).databases.filter(({ name }) => name !== 'gitea')),
  'role-missing': (w) => (dedicated(w).roles = []),
  'database-closed': (w) => (must(shared(w).databases.find(({ name }) => name === 'gitea')).connLimit = 0),
  'marker-missing': (w) => (dedicated(w).markers = []),
  'identity-mismatch': (w) => Object.assign(must(must(w.apps[0]).environments[0]), { host: '10.88.0.1', port: 5432 }),
  'sessions-on-old': (w) => shared(w).sessions.push({ role: 'speedtest', database: 'speedtest__old_x', count: 1 }),
  'tombstone-open': (w) => (old(w).open = true),
  'tombstone-gone': (w) => (shared(w).databases = shared(w).databases.filter(({ oid }) => oid !== 16_384)),
  'role-superuser': (w) => (must(dedicated(w).roles[0]).superuser = true),
  'role-expired': (w) => (must(dedicated(w).roles[0]).validUntil = '2026-01-01 00:00:00+00'),
  'prepared-transactions': (w) => shared(w).prepared.push({ gid: 'x', database: 'gitea', seconds: 9_000 }),
  'replication-slots': (w) => shared(w).slots.push({ name: 'cdc', active: false, bytes: 9e9 }),
  'idle-in-transaction': (w) => shared(w).idle.push({ pid: 4711, role: 'gitea', database: 'gitea', seconds: 7_200 }),
  wraparound: (w) => (must(dedicated(w).databases[0]).frozenAge = 1_600_000_000),
  'checksum-failures': (w) => (must(dedicated(w).databases[1]).checksumFailures = 2),
  'secret-unreadable': (w) => (secret(w).problem = problem('VAULT_DENIED')),
  'secret-missing': (w) => Object.assign(secret(w), { state: 'absent', keys: [], fits: null }),
  'secret-deleted': (w) => Object.assign(secret(w), { state: 'deleted', keys: [], fits: null }),
  'secret-key-missing': (w) => Object.assign(secret(w), { keys: ['pass'], fits: null }),
  'secret-flawed': (w) => Object.assign(secret(w), { flaw: 'line-break', fits: null }),
  'secret-mismatch': (w) => (secret(w).fits = false),
  'secret-task-stale': (w) => (must(must(w.apps[1]).passwords[0]).current = false),
  'secret-shared': (w) => (secret(w).path = 'secret/data/postgres/speedtest'),
  'role-md5': (w) => (must(shared(w).roles[1]).verifier = 'md5'),
  'password-in-jobspec': (w) => (taskOf(w, 'gitea', 'app').Env = { POSTGRES_PASSWORD: 'hunter2' }),
  'password-in-local': (w) => (must(taskOf(w, 'gitea', 'app').Templates?.[0]).DestPath = 'local/db.env'),
  'port-clash': (w) => w.cluster.ports.push({ port: 5433, node: 'one', owner: 'job traefik (port http)' }),
  'port-in-use': (w) => says(w, 'LOG:  could not bind IPv4 address "127.0.0.1": Address already in use'),
  'connection-refused': (w) => says(w, 'Error: connect ECONNREFUSED 10.88.0.1:5432', 'app'),
  'address-stale': (w) => (must(must(w.apps[1]).environments[0]).host = '10.88.0.7'),
  'listen-address': (w) => (shared(w).settings['listen_addresses'] = 'localhost'),
  'network-mode': (w) => {
    for (const name of ['app', 'postgres']) taskOf(w, 'speedtest', name).Driver = 'docker';
    taskOf(w, 'speedtest', 'postgres').Config = { network_mode: 'host' };
    taskOf(w, 'speedtest', 'db-backup').Driver = 'docker';
  },
  'dump-task-network': (w) =>
    group(w, 'postgresql').Tasks.push({
      ...{ Name: 'postgres-backup', Driver: 'docker', Lifecycle: { Hook: 'poststart', Sidecar: true } },
      ...{ Env: { PGHOST: 'localhost' }, Config: { command: 'pg_dumpall' } },
    }),
  'data-owner': (w) => (files(w).owner = 0),
  'data-mode': (w) => (files(w).mode = '777'),
  'data-permission': (w) => says(w, 'FATAL:  could not open file "global/pg_control": Permission denied'),
  'data-nfs': (w) => (must(files(w).mount).type = 'nfs4'),
  'data-on-volume': (w) => (must(files(w).mount).point = '/'),
  'disk-free': (w) => Object.assign(files(w), { freeKb: 200_000, usedPercent: 99 }),
  'disk-full': (w) => says(w, 'FATAL:  could not write lock file "postmaster.pid": No space left on device'),
  'data-half-made': (w) => says(w, 'initdb: error: directory "/var/lib/postgresql/data" exists but is not empty'),
  'data-corrupt': (w) => says(w, 'FATAL:  could not locate a valid checkpoint record at 0/1DA3D90'),
  'lock-file-stale': (w) => says(w, 'FATAL:  lock file "postmaster.pid" already exists'),
  'volume-exclusive': (w) => Object.assign(must(group(w, 'speedtest').Volumes?.['data']), { AccessMode: '' }),
  'volume-two-jobs': (w) => (must(group(w, 'speedtest').Volumes?.['data']).Source = 'postgresql_data'),
  'volume-lost': (w) => (w.cluster.volumes = w.cluster.volumes.slice(1)),
  'volume-orphaned': (w) =>
    w.cluster.volumes.push({
      ID: 'volume-9',
      Name: 'gitea_postgres_data',
      NodeID: 'node-1',
      State: 'ready',
      PluginID: 'mkdir',
    }),
  'clock-skew': (w) => (files(w).clock = { task: 1_796_000_000, here: 1_796_000_900 }),
  'image-major': (w) => says(w, 'FATAL:  database files are incompatible with server'),
  'image-unpinned': (w) => (taskOf(w, 'postgresql', 'postgres').Config = { image: 'postgres:latest' }),
  'image-libc': (w) => (files(w).madeUnder = 'glibc'),
  'collation-changed': (w) => (must(shared(w).databases[1]).collation.actual = '2.41'),
  'client-major': (w) => (files(w).dumpMajor = 14),
  'image-differs': (w) => (service(w).major = 16),
  'backup-unseen': (w) => Object.assign(row(w), { state: 'unseen', why: 'nothing backs it up' }),
  'backup-never': (w) => Object.assign(row(w), { state: 'never', newest: null, sets: 0 }),
  'backup-failed': (w) => Object.assign(row(w), { state: 'failed', why: 'no space' }),
  'backup-late': (w) => Object.assign(row(w), { state: 'late' }),
  'backup-schedule': (w) => (row(w).problem = 'the programs are missing'),
  'offsite-missing': (w) =>
    service(w).backup.offsite.push({ name: 'b2', options: {}, remotePath: 'x', secret: 's', read: 'r', prune: false }),
  'offsite-none': (w) => (service(w).finalize.offsite = 'required'),
  'offsite-late': (w) => row(w).targets.push({ target: 'b2', at: '2026-11-01T00:00:00Z', id: 'x' }),
  'drill-due': (w) => Object.assign(drill(w), { notDue: null, last: null }),
  'drill-failed': (w) => (must(drill(w).last).status = 'failed'),
  'rto-over': (w) => (must(drill(w).last).seconds = 4_000),
};
