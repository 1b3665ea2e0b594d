import { dropFilledSql } from '../../../engines/postgres/fill.js';
import { type DatabaseIdentityRow, identitySql } from '../../../engines/postgres/identity.js';
import { DbctlError } from '../../../errors/dbctl-error.js';
import { stepOf } from '../../folders.js';
import { targetSql, toolboxOf } from '../../live.js';
import { oneByOne } from '../../one-by-one.js';
import { entryFor } from '../../recorded.js';
import type { Step } from '../../step.js';
import { restore } from '../../steps/import.js';
import { isRetry, socketServer } from '../../toolbox-run.js';
import type { ProvisionContext } from '../context.js';
import { type Filled, filling, fillOf, takenSet } from './facts.js';

/** Name of the runs in the toolbox that restore; `verifyOne` reads what they left. */
const IMPORT = 'import';

/** Every database as it was: name, encoding, owner, rights, settings and content. Every checksum is looked at first. */
export const importStep: Step<ProvisionContext> = {
  id: IMPORT,
  title: 'Restore it as it was',
  run: async (ctx) => {
    const done = await oneByOne(fillOf(ctx).plan.databases, ({ from }) => importOne(ctx, from));
    await ctx.journal.record(
      'fill.made',
      done.map(({ database, oid }) => ({ database, oid })),
    );
    const rows = done.reduce((all, one) => all + one.rows, 0);
    return { summary: `${rows} rows`, evidence: { databases: done.length, rows } };
  },
};

async function importOne(ctx: ProvisionContext, database: string): Promise<Filled & { readonly rows: number }> {
  const server = await targetSql(ctx);
  if (isRetry(ctx, stepOf(IMPORT, database)))
    await ctx.sql.run(server, dropFilledSql(filling(ctx), database), { signal: ctx.signal });
  const set = takenSet(ctx);
  const { folder, sizeBytes, manifestSha256 } = entryFor(set.databases, database);
  const options = {
    ...{ step: IMPORT, folder: `${set.folder}/${folder}`, manifestSha256 },
    asItWas: true,
    server: socketServer(ctx.plan.target.port, database),
  } as const;
  const evidence = await restore(ctx, await toolboxOf(ctx), { name: database, sizeBytes }, options);
  const [row] = (await ctx.sql.run(server, identitySql(database), { signal: ctx.signal })) as DatabaseIdentityRow[];
  if (!row) throw new DbctlError('INTERNAL', 'the restored database is not there', { where: `database ${database}` });
  return { database, oid: row.oid, rows: evidence.tables.reduce((all, table) => all + table.rows, 0) };
}
