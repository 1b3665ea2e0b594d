import { type Check, checksOf, type Found, found, type Looked } from './check.js';
import type { AppLook, JournalLook, ServerLook, ServerSql } from './facts.js';
import { eachServer, nameOf } from './shared.js';

const check = checksOf('databases', ['nomad-token']);

/** PostgreSQL's own warning comes at 40 million left; this is half of the two billion. */
const FROZEN_AGE = 1_000_000_000;
const IDLE_SECONDS = 900;
const SLOT_BYTES = 1_073_741_824;

export const DATABASES_CHECKS: readonly Check[] = [
  check({
    id: 'dedicated-answers',
    title: 'every database of its own answers',
    why: 'its app has no other: what does not answer serves nobody and is backed up by nobody',
    reads: ['dedicated'],
    look: ({ dedicated }) =>
      found(
        dedicated.flatMap(({ service, job, sql }): Found[] =>
          'gap' in sql
            ? [{ level: 'fail', service, evidence: sql.gap.text, fix: sql.gap.next || `nomad alloc logs -stderr -job ${job} postgres` }]
            : [],
        ),
        dedicated.length === 0 ? 'there is none yet' : `${dedicated.length} answer`,
      ),
  }),
  check({
    id: 'server-identity',
    title: 'each is the server that its run made',
    why: 'a volume that was swapped or emptied gives a healthy server without the rows',
    needs: ['dedicated-answers'],
    reads: ['dedicated', 'journals'],
    look: ({ dedicated, journals }) =>
      found(
        dedicated.flatMap(({ service, job, sql }): Found[] => {
          const recorded = journals.find((one) => one.service === service)?.systemIdentifier ?? null;
          const seen = 'value' in sql ? sql.value.systemIdentifier : null;
          return recorded === null || seen === null || recorded === seen
            ? []
            : [
                {
                  level: 'fail',
                  service,
                  evidence: `job ${job} runs server ${seen}; the run recorded ${recorded}`,
                  fix: `stop the app, bring the right volume back, or: dbctl rollback ${service ?? ''} --from backup`,
                },
              ];
        }),
        'they are',
      ),
  }),
  check({
    id: 'database-missing',
    title: 'every database that an app asks for is there',
    why: 'the app cannot start, or makes an empty one for itself',
    reads: ['shared', 'dedicated', 'apps', 'journals'],
    look: (facts) =>
      eachApp(facts, ({ service }, wanted, sql, server) =>
        wanted.databases
          .filter((name) => !sql.databases.some((one) => one.name === name))
          .map((name) => ({
            level: 'fail',
            service,
            evidence: `${nameOf(server)} has no database ${name}`,
            fix: server.service === null ? `nomad job run the file of ${server.job}: its init task makes it; or correct the app's setting` : `dbctl restore ${service}`,
          })),
      ),
  }),
  check({
    id: 'role-missing',
    title: 'every role that an app logs in with is there, and may log in',
    why: '"password authentication failed" although the password is right',
    reads: ['shared', 'dedicated', 'apps', 'journals'],
    look: (facts) =>
      eachApp(facts, ({ service }, { role }, sql, server) => {
        if (role === null || facts.journals.some((one) => one.service === service && one.resume !== null)) return [];
        const known = sql.roles.find(({ name }) => name === role);
        if (known?.login === true) return [];
        return [
          {
            level: 'fail',
            service,
            evidence: known === undefined ? `${nameOf(server)} has no role ${role}` : `role ${role} may not log in to ${nameOf(server)}, and no run explains why`,
            fix: known === undefined ? `nomad job run the file of ${server.job}: its init task makes it` : `alter role ${role} login, when nobody closed it on purpose`,
          },
        ];
      }),
  }),
  check({
    id: 'database-closed',
    title: 'every database that an app asks for takes connections',
    why: 'a fence that was left behind, or a tombstone that the app still asks for',
    needs: ['nomad-token', 'database-missing'],
    reads: ['shared', 'dedicated', 'apps', 'journals'],
    look: (facts) =>
      eachApp(facts, ({ service }, { databases }, sql, server) =>
        sql.databases
          .filter(({ name, open, connLimit }) => databases.includes(name) && (!open || connLimit === 0))
          .map(({ name, open }) => ({
            level: 'fail',
            service,
            evidence: `${nameOf(server)}: ${name} ${open ? 'has CONNECTION LIMIT 0' : 'allows no connections'}`,
            fix: `dbctl migrate ${service} --resume, when a run was cut; else alter database ${name} ${open ? 'connection limit -1' : 'allow_connections true'}`,
          })),
      ),
  }),
  check({
    id: 'identity-mismatch',
    title: 'apps use the database that dbctl says they use',
    why: 'some apps read their own file and ignore their environment: rows would go to the old server',
    reads: ['apps', 'journals', 'registered'],
    look: ({ apps, journals, registered: { shared } }) =>
      found(
        apps.flatMap(({ service, environments }): Found[] => {
          const journal = journals.find((one) => one.service === service);
          if (journal?.own !== true || journal.resume !== null || shared === null) return [];
          return environments
            .filter(({ host, port, unreadable }) => unreadable === null && host === shared.host && port === shared.port)
            .map(({ task, host, port }) => ({
              level: 'fail',
              service,
              evidence: `task ${task} is told ${host}:${port}, the shared instance, although the service has a database of its own`,
              fix: `nomad job run the file that dbctl wrote; if it is not the newest: dbctl verify ${service}, then git log of the jobspec`,
            }));
        }),
        'they do',
      ),
  }),
  check({
    id: 'sessions-on-old',
    title: 'nobody works on a database that has moved',
    why: 'what is written there is lost to the app, and lost for good with the drop',
    needs: ['shared-answers'],
    reads: ['shared', 'journals'],
    look: ({ shared, journals }) => {
      const sessions = 'value' in shared.sql ? shared.sql.value.sessions : [];
      return found(
        journals
          .filter(({ own, resume }) => own && resume === null)
          .flatMap(({ service, tombstones }) =>
            sessions
              .filter(({ database }) => tombstones.some((one) => one.tombstone === database || one.database === database))
              .map(({ role, database, count }): Found => ({
                level: 'fail',
                service,
                evidence: `${count} sessions of role ${role} on ${database} of the shared instance`,
                fix: `find the client (select * from pg_stat_activity where datname = '${database}') and point it at the new place`,
              })),
          ),
        'nobody does',
      );
    },
  }),
  check({
    id: 'tombstone-open',
    title: 'old databases of moved services are closed',
    why: 'somebody could write to the copy that the way back compares with',
    needs: ['shared-answers'],
    reads: ['shared', 'journals'],
    look: ({ shared, journals }) => {
      const sql = 'value' in shared.sql ? shared.sql.value : undefined;
      return found(
        journals
          .filter(({ phase, locked }) => phase === 'migrated' && !locked)
          .flatMap(({ service, tombstones }) =>
            tombstones
              .filter((one) => sql?.systemIdentifier === one.systemIdentifier)
              .filter(({ oid }) => sql?.databases.some((one) => one.oid === oid && one.open))
              .map(({ tombstone, oid }): Found => ({
                level: 'fail',
                service,
                evidence: `${tombstone} takes connections`,
                fix: `alter database ${tombstone} allow_connections false`,
                repair: { kind: 'close-tombstone', database: tombstone, oid },
              })),
          ),
        'they are',
      );
    },
  }),
  check({
    id: 'tombstone-gone',
    title: 'the old database is there as long as the way back needs it',
    why: 'without it a rollback makes a new one: it works, but costs the old copy',
    needs: ['shared-answers'],
    reads: ['shared', 'journals'],
    look: ({ shared, journals }) => {
      const sql = 'value' in shared.sql ? shared.sql.value : undefined;
      return found(
        journals
          .filter(({ phase, locked }) => phase === 'migrated' && !locked)
          .flatMap(({ service, tombstones }) =>
            tombstones
              .filter(({ oid, systemIdentifier }) => sql?.systemIdentifier !== systemIdentifier || !sql.databases.some((one) => one.oid === oid))
              .map(({ tombstone, oid }): Found => ({
                level: 'warn',
                service,
                evidence: `the shared instance has no database of oid ${oid} (${tombstone}) any more`,
                fix: `dbctl backup ${service}, then dbctl finalize ${service}: nothing is left to go back to`,
              })),
          ),
        'it is',
      );
    },
  }),
  check({
    id: 'role-superuser',
    title: 'no app is a superuser',
    why: 'it can read every other database, and no fence holds it',
    reads: ['shared', 'dedicated', 'apps', 'journals'],
    look: (facts) =>
      eachApp(facts, ({ service }, { role }, sql, server) =>
        sql.roles.some(({ name, superuser }) => name === role && superuser)
          ? [{ level: 'warn', service, evidence: `role ${role} of ${nameOf(server)} is a superuser`, fix: `alter role ${role} nosuperuser, once it owns its database` }]
          : [],
      ),
  }),
  check({
    id: 'role-expired',
    title: 'no role of an app has expired',
    why: 'VALID UNTIL refuses the right password from that moment on',
    reads: ['shared', 'dedicated', 'apps', 'journals'],
    look: (facts) =>
      eachApp(facts, ({ service }, { role }, sql) =>
        sql.roles
          .filter(({ name, validUntil }) => name === role && validUntil !== null && Date.parse(validUntil) < facts.now.getTime())
          .map(({ name, validUntil }) => ({
            level: 'fail',
            service,
            evidence: `role ${name} was valid until ${validUntil}`,
            fix: `alter role ${name} valid until 'infinity'`,
          })),
      ),
  }),
  check({
    id: 'prepared-transactions',
    title: 'no prepared transaction was forgotten',
    why: 'it holds its locks and old rows until somebody ends it, and a move refuses to begin',
    reads: ['shared', 'dedicated'],
    look: ({ shared, dedicated }) =>
      eachServer([shared, ...dedicated], (server, { prepared }) =>
        prepared
          .filter(({ seconds }) => seconds > IDLE_SECONDS)
          .map(({ gid, database, seconds }) => ({
            level: 'warn',
            evidence: `${nameOf(server)}: ${gid} in ${database}, ${Math.floor(seconds / 60)} min old`,
            fix: `in ${database}: rollback prepared '${gid}', or commit it; its program knows which`,
          })),
      ),
  }),
  check({
    id: 'replication-slots',
    title: 'no replication slot keeps old files',
    why: 'a slot that nobody reads fills the disk, and then the server stops',
    reads: ['shared', 'dedicated'],
    look: ({ shared, dedicated }) =>
      eachServer([shared, ...dedicated], (server, { slots }) =>
        slots
          .filter(({ active, bytes }) => !active && bytes > SLOT_BYTES)
          .map(({ name, bytes }) => ({
            level: 'warn',
            evidence: `${nameOf(server)}: slot ${name} is read by nobody and keeps ${Math.floor(bytes / SLOT_BYTES)} GiB`,
            fix: `start its reader, or: select pg_drop_replication_slot('${name}')`,
          })),
      ),
  }),
  check({
    id: 'idle-in-transaction',
    title: 'no session sleeps inside a transaction',
    why: 'it holds locks that a dump waits for, and keeps vacuum from its work',
    reads: ['shared', 'dedicated'],
    look: ({ shared, dedicated }) =>
      eachServer([shared, ...dedicated], (server, { idle }) =>
        idle
          .filter(({ seconds }) => seconds > IDLE_SECONDS)
          .map(({ pid, role, database, seconds }) => ({
            level: 'warn',
            evidence: `${nameOf(server)}: pid ${pid} of role ${role} on ${database}, ${Math.floor(seconds / 60)} min`,
            fix: `select pg_terminate_backend(${pid}); alter role ${role} set idle_in_transaction_session_timeout = '15min'`,
          })),
      ),
  }),
  check({
    id: 'wraparound',
    title: 'old rows are frozen in time',
    why: 'at two billion transactions the server refuses every write',
    reads: ['shared', 'dedicated'],
    look: ({ shared, dedicated }) =>
      eachServer([shared, ...dedicated], (server, { databases }) =>
        databases
          .filter(({ frozenAge }) => frozenAge > FROZEN_AGE)
          .map(({ name, frozenAge }) => ({
            level: 'warn',
            evidence: `${nameOf(server)}: ${name} is ${Math.floor(frozenAge / 1e6)} million transactions from its last freeze`,
            fix: `vacuum freeze in ${name}; end prepared transactions, slots and sleeping sessions first`,
          })),
      ),
  }),
  check({
    id: 'checksum-failures',
    title: 'no damaged page was met',
    why: 'the disk gives back something else than was written: the next backup may fail, or hold the damage',
    reads: ['shared', 'dedicated'],
    look: ({ shared, dedicated }) =>
      eachServer([shared, ...dedicated], (server, { databases }) =>
        databases
          .filter(({ checksumFailures }) => checksumFailures > 0)
          .map(({ name, checksumFailures }) => ({
            level: 'fail',
            evidence: `${nameOf(server)}: ${checksumFailures} pages of ${name} have a wrong checksum`,
            fix: `look at the disk (smartctl, dmesg); dbctl restore ${server.service ?? '<service>'} from a backup of before`,
          })),
      ),
  }),
];

interface Facts {
  readonly shared: ServerLook;
  readonly dedicated: readonly ServerLook[];
  readonly apps: readonly AppLook[];
  readonly journals: readonly JournalLook[];
  readonly inventory: { readonly services: readonly { readonly name: string; readonly databases: readonly string[]; readonly role: string | null }[] };
}

interface WantedBy {
  readonly databases: readonly string[];
  readonly role: string | null;
}

/** Each app with what it asks for and the server that it should be on; one whose server did not answer is left out. */
function eachApp(
  { shared, dedicated, apps, journals, inventory }: Facts,
  look: (app: AppLook, wanted: WantedBy, sql: ServerSql, server: ServerLook) => readonly Found[],
): Looked {
  const placed = apps.map((app) => {
    const own = journals.find(({ service }) => service === app.service)?.own === true;
    return { app, server: own ? dedicated.find(({ service }) => service === app.service) : shared };
  });
  const silent = placed.filter(({ server }) => server === undefined || 'gap' in server.sql);
  const findings = placed.flatMap(({ app, server }) =>
    server !== undefined && 'value' in server.sql
      ? look(app, wantedBy(app, inventory.services), server.sql.value, server)
      : [],
  );
  if (findings.length > 0) return findings;
  if (silent.length === 0) return `${apps.length} apps`;
  return { unknown: `the server of ${silent.map(({ app }) => app.service).join(', ')} does not answer` };
}

/** What the inventory says counts, else what the app itself was told. */
const wantedBy = (
  { service, environments }: AppLook,
  services: Facts['inventory']['services'],
): WantedBy => {
  const written = services.find(({ name }) => name === service);
  const told = [...new Set(environments.flatMap(({ databases }) => databases))];
  return {
    databases: (written?.databases.length ?? 0) > 0 ? (written?.databases ?? []) : told,
    role: written?.role ?? environments.find(({ role }) => role !== null)?.role ?? null,
  };
};
