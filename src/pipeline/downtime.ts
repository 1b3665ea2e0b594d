import type { Downtime, DowntimePart } from '../report/migrate-report.js';
import type { MoveContext } from './context.js';

/** Instants of a move as ISO 8601, in order; absent ones are left out. */
export interface Instant {
  readonly id: string;
  readonly title: string;
  readonly at: string | undefined;
}

/** The stretches between known instants: each is named after the work that ends it. They add up to the whole. */
export function downtimeOf(instants: readonly Instant[]): Downtime | undefined {
  const known = instants.filter((instant): instant is Instant & { at: string } => instant.at !== undefined);
  const first = known[0];
  const last = known.at(-1);
  if (!first || !last || first === last) return undefined;
  const parts = known.slice(1).map((instant, index): DowntimePart => {
    const from = known[index]?.at ?? instant.at;
    return {
      id: instant.id,
      title: instant.title,
      seconds: Math.max(0, Date.parse(instant.at) - Date.parse(from)) / 1000,
    };
  });
  return { from: first.at, to: last.at, parts };
}

/** Journals `<kind>.downtime` from the journal's own time stamps; `to` is when the app was first seen. */
export async function recordDowntime(
  ctx: MoveContext,
  kind: 'migrate' | 'rollback',
  { to }: { to: string | undefined },
): Promise<void> {
  const done = (id: string): string | undefined =>
    ctx.journal.current?.steps.find((step) => step.id === id && step.state === 'done')?.at;
  const fact = (key: string): string | undefined => ctx.journal.fact<string>(key);
  const migrate: Instant[] = [
    { id: 'stop', title: 'app stopped', at: fact('gate-in.stopped') ?? fact('gate-in.at') },
    { id: 'start', title: 'stop the app, start the database', at: done('gate-in') },
    { id: 'fence', title: 'close the old database', at: done('fence') },
    { id: 'dump', title: 'dump and evidence', at: done('dump') },
    { id: 'import', title: 'import', at: done('import') },
    { id: 'verify', title: 'verify', at: done('verify') },
    { id: 'open', title: 'open, first session of the app', at: to },
  ];
  const rollback: Instant[] = [
    { id: 'fence', title: 'writes stopped', at: fact('back-fence.at') },
    { id: 'dump', title: 'dump and evidence', at: done('back-dump') },
    { id: 'restore', title: 'restore', at: done('back-restore') },
    { id: 'verify', title: 'verify', at: done('back-verify') },
    { id: 'switch', title: 'switch, first session of the app', at: to },
  ];
  const downtime = downtimeOf(kind === 'migrate' ? migrate : rollback);
  if (downtime && to) await ctx.journal.record(`${kind}.downtime`, downtime);
}
