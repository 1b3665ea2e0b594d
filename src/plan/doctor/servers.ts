import { sqlIdent, sqlLiteral } from '../../shared/quote.js';
import { type Check, checksOf, type Found } from './check.js';
import { eachServer, nameOf } from './each-server.js';

const check = checksOf('databases', ['nomad-token']);

const FEW_CONNECTIONS = 5;
/** PostgreSQL's own warning comes at 40 million left; this is half of the two billion. */
const FROZEN_AGE = 1_000_000_000;
const IDLE_SECONDS = 900;
const SLOT_BYTES = 1_073_741_824;

/** The server forgets that it waits when the files say what is in force; `reset` alone takes the line out, and it waits on (seen on 15). */
const inForceSql = ({ name, setting }: { readonly name: string; readonly setting: string }): string =>
  `alter system set ${name} = ${setting.split(/,\s*/).map(sqlLiteral).join(', ')}; `;

/** Of the shared instance and of every dedicated server alike. */
export const SERVERS_CHECKS: readonly Check[] = [
  check({
    id: 'connections-free',
    title: 'there are connections left',
    why: '"too many clients already": new sessions are refused, those of a backup or a move too',
    reads: ['shared', 'dedicated'],
    look: ({ shared, dedicated }) =>
      eachServer([shared, ...dedicated], (server, sql) => {
        const { max, reserved, used } = sql.connections;
        return max - reserved - used >= FEW_CONNECTIONS
          ? []
          : [
              {
                level: 'warn',
                evidence: `${nameOf(server)}: ${used} of ${max} connections are used, ${reserved} are kept for superusers`,
                fix: 'raise max_connections, or give the apps smaller pools; who has them: select usename, count(*) from pg_stat_activity group by 1',
              },
            ];
      }),
  }),
  check({
    id: 'password-asked',
    title: 'nobody comes in over TCP without a password',
    why: 'whoever reaches the port is any role, superusers too',
    reads: ['shared', 'dedicated'],
    look: ({ shared, dedicated }) =>
      eachServer([shared, ...dedicated], (server, { trust, hbaErrors }) => [
        ...trust.map(
          (line): Found => ({
            level: 'fail',
            evidence: `${nameOf(server)}: pg_hba.conf lets in without a password: ${line}`,
            fix: 'write scram-sha-256 in place of trust, then: select pg_reload_conf()',
          }),
        ),
        ...hbaErrors.map(
          (line): Found => ({
            level: 'fail',
            evidence: `${nameOf(server)}: pg_hba.conf, ${line}`,
            fix: 'correct that line, then: select pg_reload_conf()',
          }),
        ),
      ]),
  }),
  check({
    id: 'settings-safe',
    title: 'settings keep rows through a crash',
    why: 'with fsync or full_page_writes off, a power cut can leave a database that cannot be read',
    reads: ['shared', 'dedicated'],
    look: ({ shared, dedicated }) =>
      eachServer([shared, ...dedicated], (server, { settings }) =>
        ['fsync', 'full_page_writes', 'autovacuum']
          .filter((name) => settings[name] === 'off')
          .map((name) => ({
            level: name === 'autovacuum' ? 'warn' : 'fail',
            evidence: `${nameOf(server)}: ${name} is off`,
            fix: `alter system reset ${name}; select pg_reload_conf(); its job's arguments may say it, too`,
          })),
      ),
  }),
  check({
    id: 'settings-pending',
    title: 'no setting waits for a restart',
    why: 'the next restart, whenever it comes, changes how the server behaves',
    reads: ['shared', 'dedicated'],
    look: ({ shared, dedicated }) =>
      eachServer([shared, ...dedicated], (server, { pendingRestart }) =>
        pendingRestart.length === 0
          ? []
          : [
              {
                level: 'warn',
                evidence: `${nameOf(server)}: ${pendingRestart.map(({ name }) => name).join(', ')} changed and not in force`,
                fix: `restart the task at a good moment; or take it back: ${pendingRestart.map(inForceSql).join('')}select pg_reload_conf()`,
              },
            ],
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
            fix: `select pg_terminate_backend(${pid}); alter role ${sqlIdent(role)} set idle_in_transaction_session_timeout = '15min'`,
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
