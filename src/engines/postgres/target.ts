import { sqlIdent, sqlLiteral } from '../../shared/quote.js';
import type { Secret } from '../../shared/secret.js';
import { grantAllSql, revokeAllSql } from './acl.js';
import { script } from './guard.js';
import { gucAssignment } from './guc.js';
import type { CarriedFacts, CarriedRole } from './roles.js';
import { verifierText } from './verifier-text.js';

export { type EmptyDatabase, type Marker, type MarkerState, markerSql, markSql, recreateEmptySql } from './marker.js';
export { emptyCheckSql } from './scripts.js';
export { type SessionsSeenRow, sessionsSeenSql } from './sessions.js';

const ATTRIBUTES: readonly (readonly [keyof CarriedRole, string])[] = [
  ['superuser', 'superuser'],
  ['inherit', 'inherit'],
  ['createRole', 'createrole'],
  ['createDb', 'createdb'],
  ['canLogin', 'login'],
  ['replication', 'replication'],
  ['bypassRls', 'bypassrls'],
];

function verifierSql(role: string, verifier: Secret | undefined): string[] {
  if (verifier === undefined) return [];
  return [
    `\\set verifier '${verifierText(verifier)}'`,
    `alter role ${sqlIdent(role)} password :'verifier';`,
    '\\unset verifier',
  ];
}

/** A verifier in the log would still be a secret. */
const quietly = (lines: readonly string[]): string[] => [
  'begin;',
  "set local log_statement = 'none';",
  'set local log_min_error_statement = panic;',
  'set local log_min_duration_statement = -1;',
  ...lines,
  'commit;',
];

/** Gives a role the password of this verifier. Throws SECRET_MISMATCH for one of unknown form. */
export const setPasswordSql = (role: string, verifier: Secret): string =>
  script(...quietly(verifierSql(role, verifier)));

function roleSql(role: CarriedRole, verifier: Secret | undefined): string[] {
  const name = sqlIdent(role.name);
  const words = ATTRIBUTES.map(([key, word]) => (role[key] === true ? word : `no${word}`));
  const until = role.validUntil === null ? '' : ` valid until ${sqlLiteral(role.validUntil)}`;
  return [
    `select format('create role %I', ${sqlLiteral(role.name)}) where not exists (select from pg_roles where rolname = ${sqlLiteral(role.name)}) \\gexec`,
    `alter role ${name} ${words.join(' ')} connection limit ${Math.trunc(role.connLimit)}${until};`,
    ...verifierSql(role.name, verifier),
    ...role.settings.map((setting) => `alter role ${name} set ${gucAssignment(setting.name, setting.value)};`),
    `comment on role ${name} is ${role.comment === null ? 'null' : sqlLiteral(role.comment)};`,
  ];
}

/** The target's first superuser keeps what it has there: dbctl works through it. */
const isTargetBootstrap = (role: CarriedRole): boolean => role.bootstrap && role.name === 'postgres';

const membershipSql = (role: CarriedRole): string[] =>
  role.memberOf.map(
    (of) => `grant ${sqlIdent(of.role)} to ${sqlIdent(role.name)}${of.admin ? ' with admin option' : ''};`,
  );

/**
 * Makes the roles with their attributes, verifiers, settings and memberships. Twice is once. The verifiers stay out of the
 * server's log. Throws SECRET_MISMATCH for a verifier of unknown form.
 */
export function rolesCreateSql(
  facts: Pick<CarriedFacts, 'roles'>,
  verifiers: ReadonlyMap<string, Secret> = new Map(),
): string {
  const roles = facts.roles.filter((role) => !isTargetBootstrap(role));
  return script(
    ...quietly([...roles.flatMap((role) => roleSql(role, verifiers.get(role.name))), ...roles.flatMap(membershipSql)]),
    `select json_build_object('roles', ${roles.length});`,
  );
}

/** Owner, rights, limit, comment and settings of the database on the target, as they were on the source. Twice is once. */
export function databaseFactsSql(facts: CarriedFacts): string {
  const database = sqlIdent(facts.database);
  const scope = (role: string | null): string =>
    role === null ? `alter database ${database}` : `alter role ${sqlIdent(role)} in database ${database}`;
  const oid = `(select oid from pg_database where datname = ${sqlLiteral(facts.database)})`;
  return script(
    'begin;',
    `alter database ${database} owner to ${sqlIdent(facts.owner)};`,
    revokeAllSql(oid),
    ...grantAllSql(facts.grants, facts.owner, facts.database),
    `alter database ${database} connection limit ${Math.trunc(facts.connLimit)};`,
    `comment on database ${database} is ${facts.comment === null ? 'null' : sqlLiteral(facts.comment)};`,
    ...facts.settings.map((setting) => `${scope(setting.role)} set ${gucAssignment(setting.name, setting.value)};`),
    'commit;',
    `select json_build_object('owner', pg_get_userbyid(datdba)) from pg_database where datname = ${sqlLiteral(facts.database)};`,
  );
}
