import { dropAsideSql } from '../../engines/postgres/swap.js';
import { targetSql } from '../live.js';
import type { Step } from '../step.js';
import type { RestoreContext } from './context.js';
import type { Kept } from './facts.js';
import { letGo } from './set-step.js';

/** What an earlier restore kept goes now that this one is finished; its own stays until it is told to go. */
export const tidyStep: Step<RestoreContext> = {
  id: 'tidy',
  title: 'Tidy up',
  run: async (ctx) => {
    await letGo(ctx);
    const dropped = await dropKept(ctx, ctx.journal.fact<Kept>('older'));
    await ctx.journal.record('older', null);
    return {
      summary: dropped.length === 0 ? 'nothing is left over' : `dropped ${dropped.join(', ')} of an earlier restore`,
      evidence: { dropped },
    };
  },
};

/** Names that were dropped, or had gone already. Twice is once. */
export async function dropKept(
  ctx: Pick<RestoreContext, 'nomad' | 'sql' | 'signal' | 'plan'>,
  kept: Kept | null | undefined,
): Promise<string[]> {
  const databases = kept?.databases ?? [];
  const server = await targetSql(ctx);
  for (const one of databases)
    await ctx.sql.run(server, dropAsideSql(one, kept?.systemIdentifier ?? ''), { signal: ctx.signal });
  return databases.map(({ name }) => name);
}
