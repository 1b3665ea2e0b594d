import { DbctlError, isDbctlError } from '../../errors/dbctl-error.js';
import { databaseSettings } from '../backup-settings.js';
import { type Toolbox, toolboxOf } from '../live.js';
import type { Step } from '../step.js';
import { type EnvValue, inToolbox, socketServer, toolboxRun } from '../toolbox-run.js';
import type { RestoreContext } from './context.js';
import { liveBefore } from './facts.js';

/** Nothing is removed by it: what is going to be restored may be the oldest set there is. */
const KEEP_ALL = '1000000';

/** Seconds: a backup of the schedule may be under way. */
const OVERLAP_WAIT = '900';

/** A pinned backup of what is there now, on the volume alone: minutes may matter, and copies follow with the next backup. */
export const safetyStep: Step<RestoreContext> = {
  id: 'safety',
  title: 'Back up what is there now',
  run: async (ctx) => {
    const total = liveBefore(ctx).databases.reduce((bytes, { sizeBytes }) => bytes + sizeBytes, 0);
    const toolbox = await toolboxOf(ctx);
    const env = { ...backupEnv(ctx), ...(await configEnv(ctx, toolbox)) };
    const options = { step: 'safety', script: 'backup.sh', env, total } as const;
    const done = await toolboxRun(ctx, toolbox, options).catch((error: unknown) => {
      throw told(ctx, error);
    });
    const { id } = JSON.parse(await done.read('manifest.json')) as { id: string };
    await ctx.journal.record('safety', id);
    return { summary: `${id}, pinned`, evidence: { id } };
  },
};

/** The choice that there is then. */
function told({ plan: { service } }: RestoreContext, error: unknown): unknown {
  if (!isDbctlError(error, 'TOOLBOX_FAILED')) return error;
  return new DbctlError('TARGET_UNREADABLE', 'what is live cannot be backed up', {
    where: `service ${service}`,
    details: error.details,
    cause: error,
    next: `mend it, or give it up: dbctl restore ${service} --without-safety`,
  });
}

/** What is rendered beside it stays true in the catalog; a jobspec from before there were schedules has none. */
async function configEnv(ctx: RestoreContext, toolbox: Toolbox): Promise<Record<string, string>> {
  const said = await inToolbox(ctx, toolbox, 'if [ -f "$NOMAD_TASK_DIR/backup.env" ]; then echo dbctl-config; fi');
  return /^dbctl-config$/m.test(said) ? {} : { CONFIG: '/dev/null' };
}

function backupEnv({ plan, service, home }: RestoreContext): Record<string, EnvValue> {
  const { PGDATABASE: _, ...server } = socketServer(plan.target.port, '');
  const names = plan.target.databases.map(({ name }) => name);
  return {
    ...server,
    ...{ KIND: 'safety', PIN: '1', OVERLAP_WAIT, SERVICE: plan.service, SERVICE_DIR: home },
    ...databaseSettings(names),
    ...{ KEEP_LAST: KEEP_ALL, KEEP_DAILY: '0', KEEP_WEEKLY: '0', KEEP_MONTHLY: '0' },
    LOCK_WAIT: String(service.migrate.lockWaitSeconds),
    ...{ OFFSITE: '0', AGE_RECIPIENTS: '', NOTIFY: '0' },
  };
}
