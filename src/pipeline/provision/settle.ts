import { DbctlError } from '../../errors/dbctl-error.js';
import { addService } from '../../inventory/add-service.js';
import { parseInventory } from '../../inventory/parse.js';
import { toolboxOf } from '../live.js';
import { offsiteNote, putOffsite } from '../put-offsite.js';
import { putPrograms } from '../put-programs.js';
import type { Step } from '../step.js';
import type { ProvisionContext } from './context.js';

/** Writes the jobspec as a plain file, and the service into the inventory. */
export const settleStep: Step<ProvisionContext> = {
  id: 'settle',
  title: 'Write the files',
  run: async (ctx) => {
    const toolbox = await toolboxOf(ctx);
    // Before the schedule begins, which sends its first set elsewhere at once.
    for (const problem of await putOffsite(ctx, toolbox)) ctx.note(offsiteNote(problem));
    await putPrograms(ctx, toolbox);
    await writeJobspec(ctx);
    const added = await writeInventory(ctx);
    await ctx.journal.record('settled.at', ctx.clock.now().toISOString());
    return {
      summary: `${ctx.plan.job.jobspec} written${added ? `, ${ctx.plan.service} added to ${ctx.plan.inventory.path}` : ''}`,
      evidence: { jobspec: ctx.plan.job.jobspec, inventory: added },
    };
  },
  undo: async (ctx) => {
    const { path, before, after } = ctx.artifacts;
    if ((await ctx.files.read(path)) !== after.Source || before?.Source === after.Source) return;
    await (before === null ? ctx.files.remove(path) : ctx.files.write(path, before.Source));
  },
};

/** Never over somebody's edit: such a file is kept, and the text goes beside it. */
export async function writeJobspec(ctx: ProvisionContext): Promise<void> {
  const { path, before, after } = ctx.artifacts;
  const now = await ctx.files.read(path);
  if (now === after.Source) return;
  if (now === before?.Source) return await ctx.files.write(path, after.Source);
  await ctx.files.write(`${path}.dbctl-new`, after.Source);
  ctx.note(`${path} was changed meanwhile and is kept; what runs now is in ${path}.dbctl-new`);
}

/** Into the file as it is now: another service may have been added meanwhile. */
export async function writeInventory(ctx: ProvisionContext): Promise<boolean> {
  const { inventory } = ctx.artifacts;
  if (inventory === null) return false;
  const now = await ctx.files.read(inventory.path);
  if (now === undefined)
    throw new DbctlError('INVENTORY_NOT_FOUND', 'the inventory is gone', { where: inventory.path, next: ctx.resume });
  if (parseInventory(now, inventory.path).services.some(({ name }) => name === ctx.plan.service)) return true;
  await ctx.files.write(inventory.path, addService(now, ctx.plan.service, inventory.entry));
  return true;
}
