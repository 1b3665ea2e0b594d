import { DbctlError } from '../../errors/dbctl-error.js';
import type { HostVolume } from '../../ports/nomad.js';
import { together } from '../../shared/together.js';
import type { Step } from '../step.js';
import { createVolume, deleteWhenFree, findVolume } from '../steps/stage.js';
import type { ProvisionContext } from './context.js';

/** Data and backup volume on the chosen node; existing ones are kept as they are. */
export const volumesStep: Step<ProvisionContext> = {
  id: 'volumes',
  title: 'Volumes',
  run: async (ctx) => {
    const { volume, backupVolume } = ctx.plan.target;
    const made = await together([
      volume.kind === 'dynamic' ? ensure(ctx, volume.source, 'data') : undefined,
      backupVolume.kind === 'dynamic' ? ensure(ctx, backupVolume.source, 'backup') : undefined,
    ]);
    const names = made.filter((name) => name !== undefined);
    return {
      summary: names.length > 0 ? `made ${names.join(', ')} on ${ctx.plan.node.name}` : 'volumes are there',
      evidence: { made: names, node: ctx.plan.node.name },
    };
  },
  undo: async (ctx) => {
    const id = ctx.journal.fact<string>('volumes.data.created');
    if (!id) return;
    if (ctx.journal.fact<string>('open.at') === undefined) return await deleteWhenFree(ctx, id);
    ctx.note(`volume ${ctx.plan.target.volume.source} is kept: the app may have written into it`);
  },
};

async function ensure(ctx: ProvisionContext, name: string, kind: 'data' | 'backup'): Promise<string | undefined> {
  const found = await findVolume(ctx, name);
  if (found && kind === 'data') await requireOwn(ctx, found);
  if (found) return undefined;
  // Before the effect: a volume that appears after this line can only be this run's.
  if (kind === 'data') await ctx.journal.record('volumes.data.begun', true);
  const volume = await createVolume(ctx, name, kind);
  if (kind === 'data') await recordMade(ctx, volume);
  return name;
}

async function recordMade(ctx: ProvisionContext, volume: HostVolume): Promise<void> {
  await ctx.journal.record('volumes.data.created', volume.ID);
  await ctx.journal.record('dataVolume', volume.ID);
}

/** A cut between the creation and its record leaves a volume of ours that nothing has mounted yet. */
async function requireOwn(ctx: ProvisionContext, found: HostVolume): Promise<void> {
  if (ctx.journal.fact<string>('dataVolume') === found.ID) return;
  if (ctx.journal.fact<boolean>('volumes.data.begun') === true) return await recordMade(ctx, found);
  throw new DbctlError('DATABASE_NOT_EMPTY', 'the data volume exists already, and no run of dbctl made it', {
    where: `volume ${found.Name} on ${ctx.plan.node.name}`,
    value: found.ID,
    next: `look what it holds; then set volume.name in dbctl.yaml, or: nomad volume delete -type host ${found.ID}`,
  });
}
