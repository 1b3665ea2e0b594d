import { sqlIdent, sqlLiteral } from '../../shared/quote.js';
import type { Secret } from '../../shared/secret.js';
import { doSql, script } from './guard.js';
import { verifierText } from './verifier-text.js';

export interface TempRole {
  /** `roleName(run)`. */
  readonly name: string;
  /** SCRAM verifier, so that the password itself never reaches the server. */
  readonly verifier: Secret;
  readonly validUntil: Date;
}

/** Comment by which a later run knows that the role is dbctl's own. */
const MARK = 'made by dbctl, may be dropped';

const ownGuardSql = (name: string): string =>
  doSql(`begin
  if exists (select from pg_roles where rolname = ${sqlLiteral(name)} and coalesce(shobj_description(oid, 'pg_authid'), '') <> ${sqlLiteral(MARK)}) then
    raise exception 'role % was not made by dbctl', ${sqlLiteral(name)} using errcode = 'DB001';
  end if;
end`);

/**
 * A superuser for one run on the shared instance, with a SCRAM verifier so that the password itself never reaches the
 * server. Twice is once: the second call sets password and end again. A role of that name without dbctl's mark is refused.
 */
export function createTempRoleSql({ name, verifier, validUntil }: TempRole): string {
  const role = sqlIdent(name);
  const literal = sqlLiteral(name);
  return script(
    ownGuardSql(name),
    'begin;',
    `select format('create role %I', ${literal}) where not exists (select from pg_roles where rolname = ${literal}) \\gexec`,
    `comment on role ${role} is ${sqlLiteral(MARK)};`,
    // A verifier in the log would still be a secret.
    "set local log_statement = 'none';",
    'set local log_min_error_statement = panic;',
    'set local log_min_duration_statement = -1;',
    `\\set verifier '${verifierText(verifier)}'`,
    `alter role ${role} superuser login connection limit 16 valid until ${sqlLiteral(validUntil.toISOString())} password :'verifier';`,
    '\\unset verifier',
    'commit;',
    `select json_build_object('role', rolname, 'superuser', rolsuper) from pg_roles where rolname = ${literal};`,
  );
}

/** By the role itself, whose login shows that its password still holds. */
export const prolongTempRoleSql = ({ name, validUntil }: Pick<TempRole, 'name' | 'validUntil'>): string =>
  `alter role ${sqlIdent(name)} valid until ${sqlLiteral(validUntil.toISOString())}`;

/** Up to ten seconds; the role's name is filled in as a literal. */
const WAIT_GONE = `begin for i in 1..100 loop
  exit when not exists (select from pg_stat_activity where usename = %L and pid <> pg_backend_pid());
  perform pg_sleep(0.1); perform pg_stat_clear_snapshot();
end loop; end`;

/** What something still depends on is shut instead: it can no longer log in, and has no rights. */
const DROP_OR_SHUT = `begin
  if exists (select from pg_roles where rolname = %1$L) then execute format('drop role %%I', %1$L); end if;
exception when dependent_objects_still_exist then
  execute format('alter role %%I nologin nosuperuser password null', %1$L);
end`;

export interface DropRoleResult {
  readonly role: string;
  readonly gone: boolean;
}

/**
 * Ends the role's sessions and drops it; an absent role is success, one that owns something is shut (`gone` is false).
 * A role without dbctl's mark is refused.
 */
export function dropTempRoleSql(name: string): string {
  const literal = sqlLiteral(name);
  return script(
    ownGuardSql(name),
    `select count(pg_terminate_backend(pid)) as ended from pg_stat_activity where usename = ${literal} and pid <> pg_backend_pid() \\gset`,
    // A session that is told to end still owns its temporary tables until it has gone.
    `select format('do %L', format(${sqlLiteral(WAIT_GONE)}, ${literal}::text)) \\gexec`,
    `select format('do %L', format(${sqlLiteral(DROP_OR_SHUT)}, ${literal}::text)) \\gexec`,
    `select json_build_object('role', ${literal}, 'gone', not exists (select from pg_roles where rolname = ${literal}));`,
  );
}
