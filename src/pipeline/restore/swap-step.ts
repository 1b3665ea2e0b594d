import { createBackSql } from '../../engines/postgres/back.js';
import { type DatabaseIdentityRow, identitySql } from '../../engines/postgres/identity.js';
import { beforeName, restoreName } from '../../engines/postgres/names.js';
import { closeLiveSql, openLiveSql, reversed, type SwapPair, swapSql } from '../../engines/postgres/swap.js';
import { DbctlError } from '../../errors/dbctl-error.js';
import { mainDatabase } from '../../plan/main-database.js';
import { sessionsSoFar } from '../first-session.js';
import { targetSql } from '../live.js';
import type { Step } from '../step.js';
import type { RestoreContext } from './context.js';
import { type Kept, liveBefore, madeDatabases, swapPairs } from './facts.js';

const swapOf = (ctx: RestoreContext): { systemIdentifier: string; pairs: SwapPair[] } => {
  const live = liveBefore(ctx);
  const pairs = swapPairs(live, madeDatabases(ctx), (database) => beforeName(database, ctx.run));
  return { systemIdentifier: live.systemIdentifier, pairs };
};

/** The point of no return of a restore: all databases change hands in one transaction, or none does. */
export const swapStep: Step<RestoreContext> = {
  id: 'swap',
  title: 'Put them in the place of the live ones',
  run: async (ctx) => {
    const { systemIdentifier, pairs } = swapOf(ctx);
    const server = await targetSql(ctx);
    const main = mainDatabase(ctx.plan.target).name;
    if (!(await isSwapped(ctx, pairs))) {
      // Counted by oid: what is seen of it after the exchange came after it.
      const watched = { server, database: restoreName(main, ctx.run), role: ctx.plan.target.role };
      await ctx.journal.record('sessions', (await sessionsSoFar(ctx, watched)) ?? null);
      await ctx.journal.record('closed.at', ctx.clock.now().toISOString());
      await ctx.sql.run(server, closeLiveSql({ systemIdentifier, pairs }), { signal: ctx.signal });
    }
    await ctx.sql.run(server, swapSql({ systemIdentifier, pairs }), { signal: ctx.signal });
    await ctx.journal.record('swapped.at', ctx.clock.now().toISOString());
    const kept = pairs.flatMap(({ database, leaves }) => (leaves === null ? [] : [{ database, ...leaves }]));
    await ctx.journal.record('kept', { systemIdentifier, databases: kept } satisfies Kept);
    const names = kept.map(({ name }) => name).join(', ');
    return {
      summary: names === '' ? 'nothing had the name' : `what was live is closed as ${names}`,
      evidence: { kept },
    };
  },
  undo: async (ctx) => {
    const { systemIdentifier, pairs } = swapOf(ctx);
    const server = await targetSql(ctx);
    if (await isSwapped(ctx, pairs)) await unswap(ctx, pairs);
    else await ctx.sql.run(server, openLiveSql({ systemIdentifier, pairs }), { signal: ctx.signal });
    await ctx.journal.record('kept', null);
  },
};

/** What had entered gets its mark again: it is this run's to drop. */
async function unswap(ctx: RestoreContext, pairs: readonly SwapPair[]): Promise<void> {
  await swapBack(ctx, pairs);
  const { run } = ctx;
  const marks = ctx.plan.target.databases.map((like) =>
    createBackSql({ name: restoreName(like.name, run), run, like }),
  );
  await ctx.sql.run(await targetSql(ctx), marks.join('\n'), { signal: ctx.signal });
}

/** Whether the live names point to the restored databases by now. */
async function isSwapped(ctx: RestoreContext, pairs: readonly SwapPair[]): Promise<boolean> {
  const [first] = pairs;
  if (!first) return false;
  const script = identitySql(first.database);
  const [row] = (await ctx.sql.run(await targetSql(ctx), script, { signal: ctx.signal })) as DatabaseIdentityRow[];
  return row?.oid === first.enters.oid;
}

async function swapBack(ctx: RestoreContext, pairs: readonly SwapPair[]): Promise<SwapPair[]> {
  const { systemIdentifier } = liveBefore(ctx);
  const back = reversed(pairs);
  if (back.length < pairs.length)
    throw new DbctlError(
      'RUN_NOT_FOUND',
      'a database did not exist before the restore: there is nothing to go back to',
      {
        where: `service ${ctx.plan.service}`,
      },
    );
  const server = await targetSql(ctx);
  if (await isSwapped(ctx, pairs))
    await ctx.sql.run(server, closeLiveSql({ systemIdentifier, pairs: back }), { signal: ctx.signal });
  await ctx.sql.run(server, swapSql({ systemIdentifier, pairs: back }), { signal: ctx.signal });
  return back;
}

/** The way back of a finished restore: what was live before is live again, and what was restored is closed and kept. */
export const swapBackStep: Step<RestoreContext> = {
  id: 'swap-back',
  title: 'Put the earlier databases back',
  run: async (ctx) => {
    const { systemIdentifier, pairs } = swapOf(ctx);
    const main = mainDatabase(ctx.plan.target).name;
    const server = await targetSql(ctx);
    const watched = { server, database: beforeName(main, ctx.run), role: ctx.plan.target.role };
    if (await isSwapped(ctx, pairs)) await ctx.journal.record('sessions', (await sessionsSoFar(ctx, watched)) ?? null);
    const back = await swapBack(ctx, pairs);
    const kept = back.flatMap(({ database, leaves }) => (leaves === null ? [] : [{ database, ...leaves }]));
    await ctx.journal.record('kept', { systemIdentifier, databases: kept } satisfies Kept);
    return { summary: `what was restored is closed as ${kept.map(({ name }) => name).join(', ')}`, evidence: { kept } };
  },
};
