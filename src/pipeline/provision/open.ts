import { markSql } from '../../engines/postgres/target.js';
import { DbctlError } from '../../errors/dbctl-error.js';
import { targetSql } from '../live.js';
import { writeState } from '../retire-target.js';
import type { Step } from '../step.js';
import { taskState, waitAlloc } from '../wait-alloc.js';
import type { ProvisionContext } from './context.js';

/** From here on an empty volume is refused by the server, and the gate lets the app in. */
export const openStep: Step<ProvisionContext> = {
  id: 'open',
  title: 'Mark the database as verified',
  run: async (ctx) => {
    const { service, app, target } = ctx.plan;
    await writeState(ctx, `expected ${ctx.journal.fact<string>('target.systemIdentifier') ?? ''} ${ctx.run}`);
    await ctx.journal.record('open.at', ctx.clock.now().toISOString());
    const marks = target.databases.map(({ name }) =>
      markSql({ service, database: name, run: ctx.run, state: 'verified' }),
    );
    await ctx.sql.run(await targetSql(ctx), marks.join('\n'), { signal: ctx.signal });
    if (app.tasks.length > 0) await appStarts(ctx);
    return {
      summary: app.tasks.length > 0 ? `${app.tasks.join(', ')} runs` : 'the database may be used',
      evidence: { databases: target.databases.map(({ name }) => name) },
    };
  },
};

async function appStarts(ctx: ProvisionContext): Promise<void> {
  const { id } = ctx.plan.job;
  try {
    await waitAlloc(ctx, {
      jobId: id,
      what: `the app of ${ctx.plan.service}`,
      deadlineMs: ctx.service.migrate.healthyDeadlineSeconds * 1000,
      signal: ctx.signal,
      ready: (allocations) =>
        allocations.find(
          (alloc) =>
            alloc.DesiredStatus === 'run' &&
            ctx.plan.app.tasks.every((task) => taskState(alloc, task)?.State === 'running'),
        ),
    });
  } catch (cause) {
    if (!(cause instanceof DbctlError) || cause.code !== 'NOMAD_ALLOC_FAILED') throw cause;
    throw new DbctlError('APP_UNHEALTHY', 'the database is ready, but the app does not come up', {
      where: `job ${id}`,
      details: cause.details,
      cause,
      next: `nomad alloc logs -job ${id}; then ${ctx.resume}`,
    });
  }
}
