import { DbctlError } from '../../errors/dbctl-error.js';
import { toolboxAgain, toolboxOf } from '../live.js';
import type { Step } from '../step.js';
import type { RestoreContext } from './context.js';
import { fetchCopy, removeFetched } from './fetch.js';
import { type Held, holdSet, releaseSet } from './hold.js';
import { readSet } from './read-set.js';

const heldSet = ({ home, request }: RestoreContext): Held => ({ home, id: request.chosen.id });

const fetchedFolder = ({ home, run }: RestoreContext): string => `${home}/restores/${run}`;

/** The set on the backup volume, kept from being removed meanwhile; an off-site copy is fetched there first. */
export const setStep: Step<RestoreContext> = {
  id: 'set',
  title: 'Find the backup',
  run: async (ctx) => {
    const toolbox = await toolboxOf(ctx);
    const { chosen, offsite } = ctx.request;
    const folder = offsite === null ? `${ctx.home}/sets/${chosen.id}` : `${fetchedFolder(ctx)}/${chosen.id}`;
    if (offsite !== null) {
      await ctx.journal.record('fetched', true);
      const prefix = chosen.prefix ?? '';
      await fetchCopy(ctx, toolbox, { place: offsite, id: chosen.id, prefix, out: folder, bytes: chosen.bytes ?? 0 });
    }
    const set = await readSet(ctx, toolbox, { id: chosen.id, folder });
    // Retention goes on while a restore is under way.
    if (offsite === null) await holdSet(ctx, toolbox, heldSet(ctx), `run ${ctx.run}`);
    requireAll(ctx, set.databases);
    await ctx.journal.record('set', set);
    const names = set.databases.map(({ database }) => database).join(', ');
    return {
      summary: `${set.id}${offsite === null ? '' : ` from ${offsite.name}`}: ${names}, as of ${set.started}`,
      evidence: { id: set.id, started: set.started, from: offsite?.name ?? 'backup volume' },
    };
  },
  undo: (ctx) => letGo(ctx),
};

/** A backup of a service that had fewer databases would bring back half of it. */
function requireAll(ctx: RestoreContext, found: readonly { readonly database: string }[]): void {
  const wanted = ctx.plan.target.databases.map(({ name }) => name);
  const missing = wanted.filter((name) => !found.some(({ database }) => database === name));
  if (missing.length > 0)
    throw new DbctlError('BACKUP_NOT_FOUND', 'the backup does not hold every database of the service', {
      where: `backup ${ctx.request.chosen.id}`,
      value: missing.join(', '),
      next: `dbctl restore ${ctx.plan.service} --from <id>`,
    });
  const extra = found.filter(({ database }) => !wanted.includes(database));
  for (const { database } of extra) ctx.note(`database ${database} of the backup is not one of the service: left out`);
}

/** Takes away what only the restore needed of the backup volume. Twice is once; what cannot be removed is told. */
export async function letGo(ctx: RestoreContext): Promise<void> {
  const toolbox = await toolboxAgain(ctx);
  const fetched = ctx.journal.fact<boolean>('fetched') === true;
  if (!toolbox) {
    if (fetched) ctx.note(`the fetched copy stays on the backup volume: ${fetchedFolder(ctx)}`);
    return;
  }
  if (fetched) await removeFetched(ctx, toolbox, fetchedFolder(ctx));
  else await releaseSet(ctx, toolbox, heldSet(ctx), `run ${ctx.run}`);
}
