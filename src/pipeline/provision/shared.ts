import { createDatabasesSql, createExtensionsSql, dropMadeSql } from '../../engines/postgres/new-database.js';
import { scramVerifier } from '../../engines/postgres/scram.js';
import { DbctlError } from '../../errors/dbctl-error.js';
import type { SqlTarget } from '../../ports/sql.js';
import { runningAlloc } from '../live.js';
import type { Step } from '../step.js';
import { vaultPassword } from '../vault-password.js';
import { describe, isTerminal, waitAlloc } from '../wait-alloc.js';
import type { ProvisionContext } from './context.js';
import { proveLogin } from './login-proof.js';
import { writeInventory, writeJobspec } from './settle.js';

const RESTART_MS = 180_000;

interface Made {
  readonly databases: readonly { readonly database: string; readonly oid: number }[];
  readonly role: string | null;
}

/** Superuser on the shared server, over the socket inside its own task. */
async function admin(ctx: ProvisionContext, database = 'postgres'): Promise<SqlTarget> {
  const { job, task, port } = ctx.plan.shared;
  return { allocId: (await runningAlloc(ctx, job, task)).ID, task, database, port };
}

/** Role and database at once, by SQL: the shared server need not restart. */
export const sharedMakeStep: Step<ProvisionContext> = {
  id: 'make',
  title: 'Make the database on the shared instance',
  run: async (ctx) => {
    const { role, databases, extensions = [] } = ctx.plan.target;
    const again = ctx.journal.fact<boolean>('make.begun') === true;
    await ctx.journal.record('make.begun', true);
    const verifier = scramVerifier(await vaultPassword(ctx), { salt: ctx.randomBytes(16) });
    const sql = createDatabasesSql({ role, databases, verifier, again });
    const rows = (await ctx.sql.run(await admin(ctx), sql, { signal: ctx.signal })) as Record<string, unknown>[];
    await ctx.journal.record('make.made', madeOf(ctx, rows));
    if (extensions.length > 0)
      for (const { name } of databases)
        await ctx.sql.run(await admin(ctx, name), createExtensionsSql(extensions), { signal: ctx.signal });
    return {
      summary: `${databases.map(({ name }) => name).join(', ')} on job ${ctx.plan.shared.job}, role ${role}`,
      evidence: { databases: databases.map(({ name }) => name), role },
    };
  },
  undo: async (ctx) => {
    const made = ctx.journal.fact<Made>('make.made');
    if (made) await ctx.sql.run(await admin(ctx), dropMadeSql(made), { signal: ctx.signal });
  },
};

/** A role that was there before is not ours to drop; on a repetition the first answer counts. */
function madeOf(ctx: ProvisionContext, rows: readonly Record<string, unknown>[]): Made {
  const known = ctx.journal.fact<Made>('make.made');
  const isNew = rows.some((row) => row['made'] === true);
  const databases = rows.flatMap((row) =>
    typeof row['database'] === 'string' ? [{ database: row['database'], oid: Number(row['oid']) }] : [],
  );
  return { databases, role: isNew ? ctx.plan.target.role : (known?.role ?? null) };
}

export const sharedProveStep: Step<ProvisionContext> = {
  id: 'prove',
  title: 'Log in with the password, and with a wrong one',
  run: async (ctx) => {
    const { address, port } = ctx.plan.shared;
    const { proof } = await proveLogin(ctx, await admin(ctx), { host: address, port });
    return {
      summary: `${proof.role} logged in to ${proof.database} at ${proof.server}:${proof.port}, a wrong password was refused`,
      evidence: { ...proof },
    };
  },
};

/** The block in the shared job's file; its job is registered anew only on request, because that restarts it for everybody. */
export const sharedSettleStep: Step<ProvisionContext> = {
  id: 'settle',
  title: 'Write the files',
  run: async (ctx) => {
    await writeJobspec(ctx);
    const added = await writeInventory(ctx);
    if (ctx.plan.restartShared) await restart(ctx);
    await ctx.journal.record('settled.at', ctx.clock.now().toISOString());
    return {
      summary: `${ctx.plan.job.jobspec} written${ctx.plan.restartShared ? `, job ${ctx.plan.shared.job} restarted` : ''}`,
      evidence: { jobspec: ctx.plan.job.jobspec, inventory: added, restarted: ctx.plan.restartShared },
    };
  },
};

async function restart(ctx: ProvisionContext): Promise<void> {
  const { job: id, task } = ctx.plan.shared;
  if (ctx.journal.fact<number>('restart.index') === undefined) {
    const old = await runningAlloc(ctx, id, task);
    await ctx.journal.record('restart.old', old.ID);
    const job = await ctx.nomad.parseJob(ctx.artifacts.after);
    const options = { enforceIndex: ctx.plan.job.modifyIndex, submission: ctx.artifacts.after };
    const { jobModifyIndex } = await ctx.nomad.registerJob(job, options);
    await ctx.journal.record('restart.index', jobModifyIndex);
  }
  const old = ctx.journal.fact<string>('restart.old');
  const alloc = await waitAlloc(ctx, {
    jobId: id,
    what: `job ${id}`,
    deadlineMs: RESTART_MS,
    signal: ctx.signal,
    ready: (allocations) =>
      allocations.find(
        (one) => one.ID !== old && one.DesiredStatus === 'run' && one.TaskStates?.[task]?.State === 'running',
      ),
  });
  if (isTerminal(alloc))
    throw new DbctlError('NOMAD_ALLOC_FAILED', 'the shared instance did not come back', {
      where: `allocation ${alloc.ID}`,
      details: describe(alloc),
      next: `nomad job status ${id}`,
    });
}
