import { backMark, createBackSql, dropBackSql } from '../../engines/postgres/back.js';
import { type DatabaseIdentityRow, identitySql } from '../../engines/postgres/identity.js';
import { restoreName } from '../../engines/postgres/names.js';
import type { CarriedFacts } from '../../engines/postgres/roles.js';
import { databaseFactsSql } from '../../engines/postgres/target.js';
import { DbctlError } from '../../errors/dbctl-error.js';
import { stepOf } from '../folders.js';
import { targetSql, toolboxOf } from '../live.js';
import { oneByOne } from '../one-by-one.js';
import { entryFor } from '../recorded.js';
import type { Step } from '../step.js';
import { restore } from '../steps/import.js';
import { isRetry, socketServer } from '../toolbox-run.js';
import type { RestoreContext } from './context.js';
import { foundSet, liveBefore, type Made, madeDatabases } from './facts.js';

/** Empty databases beside the live ones, closed to all but superusers, with this run's mark: only those are ever dropped. */
export const makeStep: Step<RestoreContext> = {
  id: 'make',
  title: 'New databases beside the live ones',
  run: async (ctx) => {
    const made = await oneByOne(ctx.plan.target.databases, ({ name }) => make(ctx, name));
    await ctx.journal.record('made', made);
    return { summary: made.map(({ name }) => name).join(', '), evidence: { made } };
  },
  undo: async (ctx) => {
    const drops = ctx.plan.target.databases.map(({ name }) => dropSql(ctx, name));
    await ctx.sql.run(await targetSql(ctx), drops.join('\n'), { signal: ctx.signal });
  },
};

const dropSql = ({ run }: RestoreContext, database: string): string =>
  dropBackSql({ name: restoreName(database, run), run });

/** The locale is the live database's, as it was moved or made. */
async function make(ctx: RestoreContext, database: string): Promise<Made> {
  const { run } = ctx;
  const name = restoreName(database, run);
  const server = await targetSql(ctx);
  const like = ctx.plan.target.databases.find((one) => one.name === database) ?? {
    encoding: '',
    collate: '',
    ctype: '',
  };
  await ctx.sql.run(server, createBackSql({ name, run, like }), { signal: ctx.signal });
  const [row] = (await ctx.sql.run(server, identitySql(name), { signal: ctx.signal })) as DatabaseIdentityRow[];
  if (row) return { database, oid: row.oid, name };
  throw new DbctlError('INTERNAL', 'the new database is not there', { where: `database ${name}` });
}

/** From the set itself, every checksum checked first; owner, rights and settings as the live databases have them. */
export const importStep: Step<RestoreContext> = {
  id: 'import',
  title: 'Restore into them',
  run: async (ctx) => {
    const rows = await oneByOne(madeDatabases(ctx), (made) => importOne(ctx, made));
    const facts = madeDatabases(ctx).map((made) => databaseFactsSql(factsFor(ctx, made)));
    await ctx.sql.run(await targetSql(ctx), facts.join('\n'), { signal: ctx.signal });
    return { summary: `${rows.reduce((all, one) => all + one, 0)} rows`, evidence: {} };
  },
};

/** Returns the rows that came. What a cut attempt left is thrown away first. */
async function importOne(ctx: RestoreContext, { database }: Made): Promise<number> {
  if (isRetry(ctx, stepOf('import', database))) {
    await ctx.sql.run(await targetSql(ctx), dropSql(ctx, database), { signal: ctx.signal });
    const again = await make(ctx, database);
    await ctx.journal.record('made', [...madeDatabases(ctx).map((one) => (one.database === database ? again : one))]);
  }
  const set = foundSet(ctx);
  const dump = entryFor(set.databases, database);
  const evidence = await restore(
    ctx,
    await toolboxOf(ctx),
    { name: database, sizeBytes: dump.sizeBytes },
    {
      step: 'import',
      folder: `${set.folder}/${dump.folder}`,
      manifestSha256: dump.manifestSha256,
      server: socketServer(ctx.plan.target.port, restoreName(database, ctx.run)),
    },
  );
  return evidence.tables.reduce((rows, table) => rows + table.rows, 0);
}

/** Limit and comment follow with the name: until then nobody else comes in, and the mark stays. */
function factsFor(ctx: RestoreContext, { database, name }: Made): CarriedFacts {
  const owner = ctx.plan.target.role;
  const known = entryFor(liveBefore(ctx).databases, database).facts ?? {
    ...DEFAULTS,
    owner,
    grants: defaultGrants(owner),
  };
  return { ...known, database: name, connLimit: 0, comment: backMark(ctx.run), roles: [] };
}

const DEFAULTS = { settings: [] } as const;

/** As PostgreSQL itself gives them to a new database. */
const defaultGrants = (owner: string): CarriedFacts['grants'] => [
  ...(['CONNECT', 'TEMPORARY'] as const).map((privilege) => ({
    grantee: null,
    privilege,
    grantable: false,
    grantor: owner,
  })),
  ...(['CONNECT', 'CREATE', 'TEMPORARY'] as const).map((privilege) => ({
    ...{ grantee: owner, privilege, grantable: false, grantor: owner },
  })),
];
