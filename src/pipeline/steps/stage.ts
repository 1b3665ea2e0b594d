import { DbctlError } from '../../errors/dbctl-error.js';
import type { ServicePlan } from '../../plan/types.js';
import type { HostVolume } from '../../ports/nomad.js';
import { together } from '../../shared/together.js';
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
    const { volume, backupVolume } = ctx.plan.target;
    const kinds = [
      { kind: 'data', of: volume },
      { kind: 'backup', of: backupVolume },
    ] as const;
    const wanted = kinds.filter(({ of }) => of.kind === 'dynamic');
    // Side by side: a client tells the server of new volumes in batches, 5 to 10 s apart (measured).
    const [, , , ...made] = await together([
      ensureSourceRole(ctx),
      recordFence(ctx),
      carriedFacts(ctx),
      ...wanted.map(({ kind, of }) => ensureVolume(ctx, of.source, kind)),
      ensureRehearsalVolume(ctx),
    ]);
    const names = made.filter((name) => name !== undefined);
    return { summary: names.length > 0 ? `made ${names.join(', ')}` : 'volumes are there', evidence: { made: names } };
  },
  undo: async (ctx) => {
    await dropSourceAccess(ctx);
    const id = ctx.journal.fact<string>('stage.data.created');
    if (id) await deleteWhenFree(ctx, id);
  },
};

/** What making a volume on the chosen node takes. */
export interface VolumeContext extends Pick<MoveContext, 'nomad'> {
  readonly plan: { readonly node: { readonly id: string }; readonly owner: ServicePlan['owner'] };
}

export async function findVolume(ctx: VolumeContext, name: string): Promise<HostVolume | undefined> {
  return (await ctx.nomad.hostVolumes()).find((volume) => volume.Name === name && volume.NodeID === ctx.plan.node.id);
}

/** Recorded as soon as it exists: undo takes away only what this run made. Returns its name when it was made. */
async function ensureVolume(ctx: MoveContext, name: string, kind: 'data' | 'backup'): Promise<string | undefined> {
  const found = await findVolume(ctx, name);
  if (found && kind === 'data') requireOwn(ctx, found);
  if (found) return undefined;
  const volume = await createVolume(ctx, name, kind);
  await ctx.journal.record(`stage.${kind}.created`, volume.ID);
  if (kind === 'data') await ctx.journal.record('dataVolume', volume.ID);
  return name;
}

/**
 * A data volume that no run of this service made may hold a live database: a server started on it would let
 * the app in on whatever is there.
 */
function requireOwn(ctx: MoveContext, found: HostVolume): void {
  if (ctx.journal.fact<string>('dataVolume') === found.ID) return;
  throw new DbctlError('DATABASE_NOT_EMPTY', 'the data volume exists already, and no run of dbctl made it', {
    where: `volume ${found.Name} on ${ctx.plan.node.name}`,
    value: found.ID,
    next: `look what it holds; then set volume.name in dbctl.yaml, or: nomad volume delete -type host ${found.ID}`,
  });
}

/** The rehearsal's own, when there will be one; it takes it away itself. */
async function ensureRehearsalVolume(ctx: MoveContext): Promise<string | undefined> {
  const { volume } = ctx.artifacts.rehearsal;
  if (!ctx.rehearses || (await findVolume(ctx, volume))) return undefined;
  await createVolume(ctx, volume, 'data');
  return undefined;
}

export function createVolume(ctx: VolumeContext, name: string, kind: 'data' | 'backup'): Promise<HostVolume> {
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
export async function deleteWhenFree(ctx: Pick<MoveContext, 'nomad' | 'clock' | 'signal'>, id: string): Promise<void> {
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
