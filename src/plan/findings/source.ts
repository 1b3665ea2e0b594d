import type { DatabaseFacts, SourcePreflight } from '../facts.js';
import type { Finding } from '../types.js';

/** Sessions dbctl needs on the shared instance at once: two dump jobs and two for itself. */
export const CONNECTIONS_NEEDED = 4;

/** What in the databases on the shared instance makes a move unsafe, or worth knowing. */
export const databaseFindings = (databases: readonly DatabaseFacts[]): Finding[] => {
  const [main] = databases;
  if (main === undefined) return [];
  const names = databases.map(({ name }) => name);
  return [
    ...role(main, names),
    ...databases.flatMap((database) =>
      ownFindings(database).map((found) =>
        databases.length === 1 ? found : { ...found, text: `database ${database.name}: ${found.text}` },
      ),
    ),
    ...connections(main.preflight),
  ];
};

const ownFindings = (database: DatabaseFacts): Finding[] => [
  ...encoding(database),
  ...collation(database),
  ...LISTED.flatMap((rule) => listed(rule, rule.names(database.preflight))),
  ...unlogged(database.preflight),
];

const encoding = ({ encoding: name, name: database }: DatabaseFacts): Finding[] => {
  if (name === 'UTF8') return [];
  if (name !== 'SQL_ASCII')
    return [
      {
        code: 'ENCODING_NOT_UTF8',
        level: 'warn',
        text: `the encoding of ${database} is ${name}: it moves as it is, and the new database has the same encoding`,
        next: `convert it to UTF8 later if you like: dump, then restore into a UTF8 database`,
      },
    ];
  return [
    {
      code: 'SQL_ASCII',
      level: 'blocked',
      text: `the encoding of ${database} is SQL_ASCII: PostgreSQL does not know what its bytes mean, so a copy cannot be proven equal`,
      next: `convert it first: pg_dump -E <the encoding it really has> ${database}, then restore into a UTF8 database`,
    },
  ];
};

/** The system's libraries were changed under a database: PostgreSQL warns, and goes on with indexes in the old order. */
const collation = ({ name, collation: found }: DatabaseFacts): Finding[] => {
  const { recorded = null, actual = null } = found ?? {};
  if (recorded === null || actual === null || recorded === actual) return [];
  return [
    {
      code: 'COLLATION_CHANGED',
      level: 'warn',
      text: `the indexes of ${name} were built with collation version ${recorded}, its server has ${actual} now: they may miss rows, or hold a key twice; the import builds them anew, and says so when a key is there twice`,
      next: `REINDEX DATABASE, then ALTER DATABASE … REFRESH COLLATION VERSION`,
    },
  ];
};

/** One login serves all of them. */
const role = ({ role: found }: DatabaseFacts, databases: readonly string[]): Finding[] => {
  if (found === null)
    return [
      {
        code: 'ROLE_NOT_FOUND',
        level: 'blocked',
        text: `the role that the app of database ${databases.join(', ')} names does not exist on the shared instance`,
        next: "correct the user name in the app's settings; \\du in psql lists the roles",
      },
    ];
  return [
    ...verifier(found.name, found.verifier),
    ...(found.superuser ? [superuser(found.name)] : []),
    ...(found.exclusive ? [] : [sharedRole(found.name, databases.join(', '))]),
  ];
};

const verifier = (name: string, kind: string): Finding[] => {
  if (kind === 'scram-sha-256') return [];
  const next = `SET password_encryption = 'scram-sha-256', then \\password ${name} with the password from Vault`;
  if (kind === 'md5')
    return [
      {
        code: 'MD5_VERIFIER',
        level: 'blocked',
        text: `role ${name} has an md5 password, which a scram-only server refuses`,
        next,
      },
    ];
  if (kind === 'none')
    return [
      {
        code: 'NO_PASSWORD',
        level: 'blocked',
        text: `role ${name} has no password, so the app logs in by trust`,
        next,
      },
    ];
  return [
    { code: 'VERIFIER_UNKNOWN', level: 'blocked', text: `the kind of role ${name}'s password could not be read`, next },
  ];
};

const superuser = (name: string): Finding => ({
  code: 'SUPERUSER_ROLE',
  level: 'warn',
  text: `role ${name} is a superuser: only closing the whole database keeps it out of the old one, so the fence renames it at once`,
  next: `ALTER ROLE ${name} NOSUPERUSER, if the app can do without`,
});

const sharedRole = (name: string, database: string): Finding => ({
  code: 'ROLE_SHARED',
  level: 'warn',
  text: `role ${name} owns or uses things outside ${database}: it keeps its login on the shared instance`,
});

type ListRule = Finding & { readonly names: (preflight: SourcePreflight) => readonly string[] };

const LISTED: readonly ListRule[] = [
  {
    code: 'PREPARED_TRANSACTIONS',
    level: 'blocked',
    names: (p) => p.preparedTransactions,
    text: 'prepared transactions would commit after the dump',
    next: 'COMMIT PREPARED or ROLLBACK PREPARED each',
  },
  {
    code: 'REPLICATION_SLOTS',
    level: 'blocked',
    names: (p) => p.replicationSlots,
    text: 'logical replication slots read from it and would be lost',
    next: 'drop the slots, set the subscribers up anew afterwards',
  },
  {
    code: 'SUBSCRIPTIONS',
    level: 'blocked',
    names: (p) => p.subscriptions,
    text: 'subscriptions go on writing into it',
    next: 'drop them first',
  },
  {
    code: 'TABLESPACES',
    level: 'blocked',
    names: (p) => p.tablespaces,
    text: 'tablespaces the new server will not have',
    next: 'move the tables to pg_default',
  },
  {
    code: 'INVALID_INDEXES',
    level: 'blocked',
    names: (p) => p.invalidIndexes,
    text: 'invalid indexes, which a dump leaves out',
    next: 'REINDEX or drop them',
  },
  {
    code: 'TABLE_LOCKED',
    level: 'blocked',
    names: (p) => p.exclusiveLocks,
    text: 'somebody holds tables exclusively, so a dump would wait',
    next: 'wait for it to end, or end that session',
  },
  {
    code: 'PUBLICATIONS',
    level: 'warn',
    names: (p) => p.publications,
    text: 'publications; their subscribers keep asking the old address',
  },
  {
    code: 'FOREIGN_SERVERS',
    level: 'warn',
    names: (p) => p.foreignServers,
    text: 'foreign servers; their addresses may not be reachable from the new place',
  },
  {
    code: 'EVENT_TRIGGERS',
    level: 'warn',
    names: (p) => p.eventTriggers,
    text: 'event triggers, which only a superuser restores',
  },
  {
    code: 'OID_COLUMNS',
    level: 'warn',
    names: (p) => p.oidColumns,
    text: 'columns that store object numbers, which may name other objects after a restore',
  },
  {
    code: 'NOT_VALIDATED',
    level: 'info',
    names: (p) => p.notValidated,
    text: 'constraints that were never checked against old rows; they stay so',
  },
  {
    code: 'EMPTY_MATVIEWS',
    level: 'info',
    names: (p) => p.emptyMatviews,
    text: 'materialized views without data; they stay empty',
  },
  {
    code: 'COLLATIONS',
    level: 'info',
    names: (p) => p.nonDeterministicCollations,
    text: 'non-deterministic collations; compared by bytes',
  },
  {
    code: 'ROW_SECURITY',
    level: 'info',
    names: (p) => p.rowSecurityTables,
    text: 'tables with row security; dumped whole',
  },
];

const listed = ({ names: _, ...finding }: ListRule, names: readonly string[]): Finding[] => {
  if (names.length === 0) return [];
  const shown = names.length > 4 ? `${names.slice(0, 4).join(', ')} and ${names.length - 4} more` : names.join(', ');
  return [{ ...finding, text: `${finding.text}: ${shown}` }];
};

const unlogged = ({ unloggedTables }: SourcePreflight): Finding[] =>
  unloggedTables === 0
    ? []
    : [
        {
          code: 'UNLOGGED_TABLES',
          level: 'info',
          text: `${unloggedTables} unlogged table${unloggedTables === 1 ? '' : 's'}: carried over, but a crash of any server empties them`,
        },
      ];

const connections = ({ freeConnections }: SourcePreflight): Finding[] =>
  freeConnections >= CONNECTIONS_NEEDED
    ? []
    : [
        {
          code: 'CONNECTIONS_SHORT',
          level: 'blocked',
          text: `the shared instance has ${freeConnections} free connections, the move needs ${CONNECTIONS_NEEDED}`,
          next: 'raise max_connections, or close idle sessions',
        },
      ];
