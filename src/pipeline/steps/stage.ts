import { DbctlError } from '../../errors/dbctl-error.js';
import type { HostVolume } from '../../ports/nomad.js';
import { carriedFacts } from '../carried-roles.js';
import type { MoveContext } from '../context.js';
import { recordFence } from '../fence-record.js';
import { dropSourceAccess, ensureSourceRole } from '../source-access.js';
import type { Step } from '../step.js';

/**
 * Makes the volumes on the node where the app runs (existing ones are kept as they are), and writes down what the fence
 * will change: whatever can be done while the app still runs is done here.
 */
export const stage: Step = {
  id: 'stage',
  title: 'Volumes and access',
  run: async (ctx) => {
    const made: string[] = [];
    const { volume, backupVolume } = ctx.plan.target;
    if (backupVolume.kind === 'dynamic' && (await ensureVolume(ctx, backupVolume.source, 'backup')))
      made.push(backupVolume.source);
    if (volume.kind === 'dynamic' && (await ensureVolume(ctx, volume.source, 'data'))) made.push(volume.source);
    await Promise.all([ensureSourceRole(ctx), recordFence(ctx), carriedFacts(ctx)]);
    return { summary: made.length > 0 ? `made ${made.join(', ')}` : 'volumes are there', evidence: { made } };
  },
  undo: async (ctx) => {
    await dropSourceAccess(ctx);
    const id = ctx.journal.fact<string>('stage.data.created');
    if (id) await deleteWhenFree(ctx, id);
  },
};

export async function findVolume(ctx: MoveContext, name: string): Promise<HostVolume | undefined> {
  return (await ctx.nomad.hostVolumes()).find((volume) => volume.Name === name && volume.NodeID === ctx.plan.node.id);
}

/** Journals the intent first: a volume made but not recorded would never be taken away. */
async function ensureVolume(ctx: MoveContext, name: string, kind: 'data' | 'backup'): Promise<boolean> {
  if (await findVolume(ctx, name)) return false;
  const volume = await createVolume(ctx, name, kind);
  await ctx.journal.record(`stage.${kind}.created`, volume.ID);
  return true;
}

export function createVolume(ctx: MoveContext, name: string, kind: 'data' | 'backup'): Promise<HostVolume> {
  const { uid, gid } = ctx.plan.owner;
  const modes =
    kind === 'data' ? ['single-node-single-writer'] : ['single-node-multi-writer', 'single-node-single-writer'];
  return ctx.nomad.createHostVolume({
    name,
    nodeId: ctx.plan.node.id,
    parameters: { mode: kind === 'data' ? '0700' : '0770', uid: String(uid), gid: String(gid) },
    accessModes: modes,
  });
}

/** Nomad frees a volume some time after its last allocation has gone. */
export async function deleteWhenFree(ctx: MoveContext, id: string): Promise<void> {
  const until = ctx.clock.monotonic() + 30_000;
  for (;;) {
    try {
      await ctx.nomad.deleteHostVolume(id);
      return;
    } catch (error) {
      if (!(error instanceof DbctlError) || ctx.clock.monotonic() > until) throw error;
      await ctx.clock.sleep(250, ctx.signal);
    }
  }
}
