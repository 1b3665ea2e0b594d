import { sqlLiteral } from '../../shared/quote.js';

/** One database of one server, as journalled: names alone may be reused (reliability.md I2). */
export interface DatabaseIdentity {
  readonly database: string;
  readonly oid: number;
  readonly systemIdentifier: string;
}

/** A DO statement; the body is a literal, so nothing in it can end the block early. */
export const doSql = (body: string): string => `do ${sqlLiteral(body)};`;

/** Ends the script with an error unless this session is on the recorded server. SQLSTATE DB001. */
export const serverGuardSql = (systemIdentifier: string): string =>
  doSql(`begin
  if (select system_identifier::text from pg_control_system()) <> ${sqlLiteral(systemIdentifier)} then
    raise exception 'this is another server than the recorded one' using errcode = 'DB001';
  end if;
end`);

/**
 * Ends the script unless the recorded oid on the recorded server carries one of `names`; `absentOk` lets a missing
 * database pass. SQLSTATE DB001. Stands in the same session as the statement it guards.
 */
export function identityGuardSql(identity: DatabaseIdentity, names: readonly string[], absentOk = false): string {
  const allowed = names.map(sqlLiteral).join(', ');
  const body = `declare
  found text := (select datname from pg_database where oid = ${identity.oid});
begin
  if found is null and exists (select from pg_database where datname in (${allowed})) then
    raise exception 'the name belongs to another database than the recorded one (oid ${identity.oid})' using errcode = 'DB001';
  elsif found is null and not ${absentOk} then
    raise exception 'the recorded database (oid ${identity.oid}) does not exist' using errcode = 'DB001';
  elsif found is not null and found not in (${allowed}) then
    raise exception 'oid ${identity.oid} is database %, not the recorded one', found using errcode = 'DB001';
  end if;
end`;
  return [serverGuardSql(identity.systemIdentifier), doSql(body)].join('\n');
}

/** A role may be set to become another one at login, which does not see everything, or to be ended while it waits. */
export const WHOLE_SESSION = 'set role none; set idle_in_transaction_session_timeout = 0;';

/** Every script starts so, whatever psql was started with. */
export const SCRIPT_HEAD = '\\set ON_ERROR_STOP on';

export const script = (...lines: readonly string[]): string => `${[SCRIPT_HEAD, ...lines].join('\n')}\n`;
