import { sqlIdent } from '../../shared/quote.js';

/** One effective right on a database. */
export interface Grant {
  /** `null` is PUBLIC. */
  readonly grantee: string | null;
  readonly privilege: string;
  readonly grantable: boolean;
  readonly grantor: string;
}

/** Effective rights as a JSON array: NULL datacl and its written-out default are the same thing. `d` is pg_database. */
export const GRANTS_JSON = `(select coalesce(json_agg(json_build_object('grantee', case x.grantee when 0 then null else pg_get_userbyid(x.grantee) end,
    'privilege', x.privilege_type, 'grantable', x.is_grantable, 'grantor', pg_get_userbyid(x.grantor))
    order by x.grantee = 0, pg_get_userbyid(x.grantee) collate "C", x.privilege_type collate "C", pg_get_userbyid(x.grantor) collate "C"), '[]'::json)
  from aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) x)`;

/** Takes every right on a database away, that of its owner too. */
export const revokeAllSql = (
  oid: string,
): string => `select format('revoke all on database %I from %s cascade', d.datname, g.grantee)
  from pg_database d cross join lateral (select distinct case x.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(x.grantee)) end as grantee
    from aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) x) g
 where d.oid = ${oid} \\gexec`;

/** A grantor must hold the right with grant option before it can pass it on. */
function inOrder(grants: readonly Grant[], owner: string): Grant[] {
  const ordered: Grant[] = [];
  let rest = [...grants];
  const may = (grant: Grant): boolean =>
    grant.grantor === owner ||
    ordered.some((done) => done.grantable && done.grantee === grant.grantor && done.privilege === grant.privilege);
  while (rest.length > 0) {
    const ready = rest.filter(may);
    // What is left cannot be granted by its grantor any more; PostgreSQL then says so.
    const next = ready.length > 0 ? ready : rest;
    ordered.push(...next);
    rest = rest.filter((grant) => !next.includes(grant));
  }
  return ordered;
}

const PRIVILEGES = new Set(['CONNECT', 'CREATE', 'TEMPORARY']);

function grantSql(grant: Grant, database: string): string[] {
  if (!PRIVILEGES.has(grant.privilege)) return [];
  const to = grant.grantee === null ? 'public' : sqlIdent(grant.grantee);
  const option = grant.grantable ? ' with grant option' : '';
  return [
    `set local role ${sqlIdent(grant.grantor)};`,
    `grant ${grant.privilege} on database ${sqlIdent(database)} to ${to}${option};`,
    'reset role;',
  ];
}

/** Gives exactly these rights, each by its own grantor. Needs an open transaction, superuser, and all rights revoked. */
export const grantAllSql = (grants: readonly Grant[], owner: string, database: string): string[] =>
  inOrder(grants, owner).flatMap((grant) => grantSql(grant, database));
