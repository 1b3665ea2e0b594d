import { DbctlError, isDbctlError } from '../../errors/dbctl-error.js';
import { targetSql } from '../live.js';
import type { Step } from '../step.js';
import type { ProvisionContext } from './context.js';
import { proveLogin } from './login-proof.js';

const REGISTERED_MS = 20_000;
const POLL_MS = 200;
/** A new address may take a minute and a half to be known on every path to it. */
const REACHED_MS = 120_000;
const AGAIN_MS = 1_000;

/** Vault's password logs in where the app will, and a wrong one does not. */
export const proveStep: Step<ProvisionContext> = {
  id: 'prove',
  title: 'Log in with the password, and with a wrong one',
  run: async (ctx) => {
    const { proof, systemIdentifier } = await untilReached(ctx, async () =>
      proveLogin(ctx, await targetSql(ctx), await appPath(ctx)),
    );
    if (proof.methods.some((method) => method !== 'scram-sha-256') || proof.verifier !== 'scram-sha-256')
      throw new DbctlError('LOGIN_UNPROVEN', 'the server does not ask everybody for a scram password', {
        where: `role ${proof.role}`,
        value: `${proof.verifier}; pg_hba.conf: ${proof.methods.join(', ')}`,
      });
    await ctx.journal.record('target.systemIdentifier', systemIdentifier);
    return {
      summary: `${proof.role} logged in to ${proof.database} at ${proof.server}:${proof.port}, a wrong password was refused`,
      evidence: { ...proof },
    };
  },
};

/** A server that cannot be reached yet is asked again; one that answers, whatever it says, is not. */
async function untilReached<T>(ctx: ProvisionContext, prove: () => Promise<T>): Promise<T> {
  for (const until = ctx.clock.monotonic() + REACHED_MS; ; await ctx.clock.sleep(AGAIN_MS, ctx.signal)) {
    try {
      return await prove();
    } catch (error) {
      if (!isUnreached(error) || ctx.clock.monotonic() > until) throw error;
      ctx.progress('the server cannot be reached yet: looking again');
    }
  }
}

const isUnreached = (error: unknown): boolean =>
  isDbctlError(error, 'DATABASE_UNAVAILABLE') && !/FATAL|authentication failed/.test(error.value ?? '');

/** The address that clients are given: of the Nomad service for a job of its own, else the loopback of the group. */
async function appPath(ctx: ProvisionContext): Promise<{ host: string; port: number }> {
  const { port, serviceName } = ctx.plan.target;
  if (ctx.plan.kind !== 'own-job') return { host: '127.0.0.1', port };
  const until = ctx.clock.monotonic() + REGISTERED_MS;
  while (ctx.clock.monotonic() < until) {
    const found = await registered(ctx, serviceName);
    if (found) return found;
    await ctx.clock.sleep(POLL_MS, ctx.signal);
  }
  throw new DbctlError('DATABASE_UNAVAILABLE', 'nobody knows the new service', { where: serviceName });
}

async function registered(ctx: ProvisionContext, name: string): Promise<{ host: string; port: number } | undefined> {
  if (ctx.plan.target.provider === 'consul') {
    const [first] = (await ctx.consul?.service(name)) ?? [];
    return first && { host: first.address, port: first.port };
  }
  const found = (await ctx.nomad.service(name)).find(({ JobID }) => JobID === ctx.plan.job.id);
  return found && { host: found.Address, port: found.Port };
}
