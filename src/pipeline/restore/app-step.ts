import type { SessionsSeenRow } from '../../engines/postgres/sessions.js';
import { DbctlError } from '../../errors/dbctl-error.js';
import { mainDatabase } from '../../plan/main-database.js';
import { firstSession } from '../first-session.js';
import { targetSql } from '../live.js';
import { serviceChecks } from '../service-checks.js';
import type { Step } from '../step.js';
import type { RestoreContext } from './context.js';

const POLL_MS = 500;

/** Its sessions were ended: apps come back by themselves, and are left alone so that nothing else of theirs is lost. */
export const appStep = (id: 'app' | 'app-back'): Step<RestoreContext> => ({
  id,
  title: 'See the app again',
  run: async (ctx) => {
    const watched = {
      server: await targetSql(ctx),
      database: mainDatabase(ctx.plan.target).name,
      role: ctx.plan.target.role,
    };
    const seen = await firstSession(ctx, watched, ctx.journal.fact<SessionsSeenRow | null>('sessions') ?? null);
    await ctx.journal.record('seen', seen ?? null);
    const checks = await waitChecks(ctx);
    const { appJob } = ctx.plan;
    if (!seen)
      ctx.note(
        `unproven: no session of ${watched.role} was seen yet; if the app does not come back: nomad job restart ${appJob}`,
      );
    return {
      summary: `${seen ? 'session seen' : 'no session seen'}, ${checks} checks pass`,
      evidence: { firstSession: seen ?? null, checks },
    };
  },
});

/** Throws APP_UNHEALTHY when a check still fails at the deadline of the service. */
async function waitChecks(ctx: RestoreContext): Promise<number> {
  const until = ctx.clock.monotonic() + ctx.service.migrate.healthyDeadlineSeconds * 1000;
  for (;;) {
    const running = (await ctx.nomad.allocations(ctx.plan.appJob)).filter(
      ({ DesiredStatus, ClientStatus }) => DesiredStatus === 'run' && ClientStatus === 'running',
    );
    const checks = (await Promise.all(running.map((alloc) => serviceChecks(ctx, alloc)))).flat();
    const bad = checks.filter(({ status }) => status !== 'success');
    if (bad.length === 0) return checks.length;
    if (ctx.clock.monotonic() > until)
      throw new DbctlError('APP_UNHEALTHY', 'the data is back, but the app is not well with it', {
        where: `job ${ctx.plan.appJob}`,
        details: bad.map(({ service, check, status }) => `${service} ${check}: ${status}`),
        next: `nomad job restart ${ctx.plan.appJob}, then ${ctx.resume}; or dbctl restore ${ctx.plan.service} --undo`,
      });
    await ctx.clock.sleep(POLL_MS, ctx.signal);
  }
}
