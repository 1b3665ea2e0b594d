import { type BadInput, PLAN, replaced } from './bad-input.js';
import { extension, hideSocket, session, sessions, verifier } from './database-ruins.js';
import { standIn, twin } from './job-ruins.js';

const ENCODED = (encoding: string): string =>
  `create database victim_${encoding} owner victim encoding '${encoding}' template template0 lc_collate 'C' lc_ctype 'C'`;

/** The database, its role and its server. */
export const DATABASE_CASES: readonly BadInput[] = [
  {
    id: 'database-missing',
    input: 'the app names a database that does not exist',
    exit: 3,
    code: 'DATABASE_NOT_FOUND',
    says: /database Victim does not exist/,
    next: /did the app mean victim/,
    arrange: (victim) => victim.job(replaced('DB_DATABASE = "victim"', 'DB_DATABASE = "Victim"')),
  },
  {
    id: 'database-closed',
    input: 'the database takes no connections',
    exit: 3,
    code: 'DATABASE_CLOSED',
    says: /database victim takes no connections/,
    next: /ALLOW_CONNECTIONS true/,
    arrange: (victim) =>
      victim.alter('alter database victim allow_connections false', 'alter database victim allow_connections true'),
  },
  {
    id: 'database-of-two-services',
    input: 'two services on one database',
    exit: 3,
    code: 'DATABASE_SHARED',
    says: /database victim is also that of service twin/,
    next: /database of its own/,
    arrange: (victim) => twin(victim),
  },
  {
    id: 'sessions-elsewhere',
    input: 'the role works in another database than the settings say',
    exit: 3,
    code: 'DATABASE_AMBIGUOUS',
    says: /every live session of role victim is on victim_other/,
    next: /correct the jobspec/,
    arrange: async (victim) => {
      await victim.alter('create database victim_other owner victim', 'drop database victim_other with (force)');
      await session(victim, 'victim_other');
    },
  },
  {
    id: 'sql-ascii',
    input: 'the encoding is SQL_ASCII',
    exit: 3,
    code: 'SQL_ASCII',
    says: /encoding of victim_sql_ascii is SQL_ASCII/,
    next: /pg_dump -E/,
    arrange: async (victim) => {
      await victim.alter(ENCODED('sql_ascii'), 'drop database victim_sql_ascii with (force)');
      await victim.job(replaced('DB_DATABASE = "victim"', 'DB_DATABASE = "victim_sql_ascii"'));
    },
  },
  {
    id: 'encoding-not-utf8',
    input: 'the encoding is not UTF8',
    exit: 0,
    code: 'ENCODING_NOT_UTF8',
    says: /encoding of victim_latin1 is LATIN1/,
    next: /convert it to UTF8/,
    args: PLAN,
    arrange: async (victim) => {
      await victim.alter(ENCODED('latin1'), 'drop database victim_latin1 with (force)');
      await victim.job(replaced('DB_DATABASE = "victim"', 'DB_DATABASE = "victim_latin1"'));
    },
  },
  {
    id: 'extension-missing',
    input: 'the new server lacks an extension (found by the rehearsal, while the app runs)',
    exit: 3,
    code: 'EXTENSION_MISSING',
    says: /dbctl_probe/,
    next: /set image of service victim/,
    args: ['migrate', 'victim', '--rehearse', '--yes', '--confirm', 'victim'],
    except: ['variables', 'files'],
    arrange: (victim) => extension(victim, 'dbctl_probe'),
  },
  {
    id: 'role-missing',
    input: 'the app names a role that does not exist',
    exit: 3,
    code: 'ROLE_NOT_FOUND',
    says: /role .* does not exist/,
    next: /correct the user name/,
    arrange: (victim) => victim.job(replaced('DB_USERNAME = "victim"', 'DB_USERNAME = "viktor"')),
  },
  {
    id: 'md5-verifier',
    input: "the role's password is kept as md5",
    exit: 3,
    code: 'MD5_VERIFIER',
    says: /role victim has an md5 password/,
    next: /password_encryption = 'scram-sha-256'/,
    arrange: (victim) => verifier(victim, `md5${'0123456789abcdef'.repeat(2)}`),
  },
  {
    id: 'role-without-password',
    input: 'the role has no password',
    exit: 3,
    code: 'NO_PASSWORD',
    says: /role victim has no password/,
    next: /\\password victim/,
    arrange: (victim) => verifier(victim, null),
  },
  {
    id: 'superuser',
    input: 'the app logs in as a superuser',
    exit: 0,
    code: 'SUPERUSER_ROLE',
    says: /role victim is a superuser/,
    next: /NOSUPERUSER/,
    args: PLAN,
    arrange: (victim) => victim.alter('alter role victim superuser', 'alter role victim nosuperuser'),
  },
  {
    id: 'table-locked',
    input: 'somebody holds a table exclusively',
    exit: 3,
    code: 'TABLE_LOCKED',
    says: /notes \(pid \d+, role victim\)/,
    next: /end that session/,
    arrange: async (victim) => {
      const holder = await session(victim, 'victim');
      await holder.query('begin');
      await holder.query('lock table notes in access exclusive mode');
    },
  },
  {
    id: 'invalid-index',
    input: 'an index is invalid, so a dump would leave it out',
    exit: 3,
    code: 'INVALID_INDEXES',
    says: /public\.notes_half/,
    next: /REINDEX/,
    arrange: async (victim) => {
      await victim.alter(
        'insert into notes values (1001, $$a$$), (1002, $$a$$)',
        'delete from notes where id > 1000',
        'victim',
      );
      victim.later(() => victim.sql('drop index notes_half', 'victim'));
      await victim.sql('create unique index concurrently notes_half on notes (text)', 'victim').catch(() => undefined);
    },
  },
  {
    id: 'connections-short',
    input: 'the shared instance has too few free connections',
    exit: 3,
    code: 'CONNECTIONS_SHORT',
    says: /has [0-3] free connections, the move needs 4/,
    next: /raise max_connections/,
    arrange: (victim) => sessions(victim, 95),
  },
  {
    id: 'shared-stopped',
    input: 'the shared instance does not run',
    exit: 3,
    code: 'SHARED_NOT_RUNNING',
    says: /job standin\) does not run/,
    next: /nomad job run/,
    arrange: async (victim) => {
      await standIn(victim, 1);
      await victim.world.nomad('/v1/job/standin', { method: 'DELETE' });
      await victim.settled('standin', 0);
      await victim.inventory(replaced('job: postgresql', 'job: standin'));
    },
  },
  {
    id: 'shared-twice',
    input: 'the shared instance runs twice',
    exit: 3,
    code: 'SHARED_SEVERAL',
    says: /has 2 running allocations/,
    next: /nomad job status standin/,
    arrange: async (victim) => {
      await standIn(victim, 2);
      await victim.inventory(replaced('job: postgresql', 'job: standin'));
    },
  },
  {
    id: 'postgresql-unreachable',
    input: 'PostgreSQL does not answer although its job runs',
    exit: 5,
    code: 'DATABASE_UNAVAILABLE',
    says: /PostgreSQL does not answer: .*socket/s,
    next: /nomad alloc logs/,
    arrange: (victim) => hideSocket(victim),
  },
];
