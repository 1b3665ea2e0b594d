import { DbctlError } from '../../../errors/dbctl-error.js';
import { majorOf } from '../../../plan/image.js';
import { fileName } from '../../../shared/file-name.js';
import { stepOf } from '../../folders.js';
import { type Toolbox, targetSql, toolboxAgain, toolboxOf } from '../../live.js';
import { oneByOne } from '../../one-by-one.js';
import { requireRoomToRestore } from '../../require-room.js';
import type { Chosen } from '../../restore/choose.js';
import type { FoundSet, OffsitePlace } from '../../restore/context.js';
import { fetchCopy, removeFetched } from '../../restore/fetch.js';
import { type Held, holdSet, releaseSet } from '../../restore/hold.js';
import { joined } from '../../restore/joined.js';
import { readSet } from '../../restore/read-set.js';
import type { Step } from '../../step.js';
import type { ProvisionContext } from '../context.js';
import { fillOf, otherBackup } from './facts.js';

const fetchedFolder = ({ plan, run }: ProvisionContext): string => `/backups/${plan.service}/restores/${run}`;

const heldSet = (ctx: ProvisionContext): Held => {
  const { plan, chosen } = fillOf(ctx);
  return { home: `/backups/${plan.from}`, id: chosen.id };
};

/** The set where the new server's toolbox reads it: kept where it lies, or fetched from elsewhere. */
export const takeStep: Step<ProvisionContext> = {
  id: 'take',
  title: 'Bring the backup',
  run: async (ctx) => {
    const toolbox = await toolboxOf(ctx);
    const { plan, chosen } = fillOf(ctx);
    const set = await broughtSet(ctx, toolbox);
    requireAsked(ctx, set);
    await requireRoom(ctx, set);
    await ctx.journal.record('fill.set', set);
    return {
      summary: `${plan.from} ${chosen.id}${plan.offsite === null ? '' : ` from ${plan.offsite}`}, as of ${set.started}`,
      evidence: { from: plan.from, set: chosen.id, started: set.started },
    };
  },
  undo: (ctx) => letGo(ctx),
};

async function broughtSet(ctx: ProvisionContext, toolbox: Toolbox): Promise<FoundSet> {
  const { chosen, more = [], offsite, plan } = fillOf(ctx);
  if (offsite === null) {
    const { home, id } = heldSet(ctx);
    const of = { ...ctx, plan: { service: plan.from } };
    const set = await readSet(of, toolbox, { id, folder: `${home}/sets/${id}` });
    await holdSet(ctx, toolbox, { home, id }, `run ${ctx.run}`);
    return set;
  }
  await ctx.journal.record('fill.fetched', true);
  const [first, ...others] = await oneByOne([chosen, ...more], (one) => fetched(ctx, toolbox, offsite, one));
  return others.reduce(joined, first as FoundSet);
}

/** Of a set of one database, so that a folder's name says which set it is of. */
async function fetched(
  ctx: ProvisionContext,
  toolbox: Toolbox,
  place: OffsitePlace,
  { id, prefix, bytes, service }: Chosen,
): Promise<FoundSet> {
  const { source, identity, plan } = fillOf(ctx);
  const folder = `${fetchedFolder(ctx)}/${service === undefined ? id : `${fileName(service)}-${id}`}`;
  const of = { ...ctx, service: source, identity, plan: { service: plan.from, target: ctx.plan.target } };
  const step = service === undefined ? 'fetch' : stepOf('fetch', service);
  await fetchCopy(of, toolbox, { place, id, prefix: prefix ?? '', out: folder, bytes: bytes ?? 0, step });
  return await readSet({ ...ctx, plan: { service: service ?? plan.from } }, toolbox, { id, folder });
}

/** Of a copy that no catalog knew it shows only now. */
function requireAsked(ctx: ProvisionContext, set: FoundSet): void {
  const { plan } = fillOf(ctx);
  const lacks = plan.databases.filter(({ from }) => !set.databases.some(({ database }) => database === from));
  const next = `${otherBackup(ctx, plan.from)} --from <id>`;
  if (lacks.length > 0)
    throw new DbctlError('BACKUP_NOT_FOUND', 'the backup does not hold every database of the service', {
      where: `backup ${set.id}`,
      value: lacks.map(({ from }) => from).join(', '),
      next,
    });
  if (majorOf(set.serverVersion) !== plan.major)
    throw new DbctlError('PREFLIGHT_FAILED', 'the backup is of another major than the new server', {
      where: `backup ${set.id}`,
      value: `PostgreSQL ${majorOf(set.serverVersion)}, the server is ${plan.major}`,
      next,
    });
}

async function requireRoom(ctx: ProvisionContext, set: FoundSet): Promise<void> {
  const server = await targetSql(ctx);
  const { task } = ctx.plan.target;
  const bytes = set.databases.reduce((all, { sizeBytes }) => all + sizeBytes, 0);
  await requireRoomToRestore(ctx, { server, task }, bytes, `the data volume of ${task}`);
}

/** Takes away what only this run needed. Twice is once; what cannot be removed is told. */
async function letGo(ctx: ProvisionContext): Promise<void> {
  const { offsite } = fillOf(ctx);
  const toolbox = await toolboxAgain(ctx);
  if (!toolbox) {
    const what = offsite === null ? `a pin on ${heldSet(ctx).home}/sets/${heldSet(ctx).id}` : fetchedFolder(ctx);
    return ctx.note(`the backup volume could not be reached; left there: ${what}`);
  }
  if (offsite === null) return await releaseSet(ctx, toolbox, heldSet(ctx), `run ${ctx.run}`);
  await removeFetched(ctx, toolbox, fetchedFolder(ctx));
}

export const releaseStep: Step<ProvisionContext> = {
  id: 'release',
  title: 'Let the backup go',
  run: async (ctx) => {
    await letGo(ctx);
    return { summary: `${fillOf(ctx).chosen.id} is left to itself again` };
  },
};
