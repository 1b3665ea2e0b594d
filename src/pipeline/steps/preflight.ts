import { DbctlError } from '../../errors/dbctl-error.js';
import { carriedFacts, carriedRoles, verifiersOf } from '../carried-roles.js';
import type { MoveContext } from '../context.js';
import { jobChanged } from '../explain-change.js';
import { requireFreeVolume } from '../look-at-volume.js';
import type { Step } from '../step.js';
import { fits, vaultPassword } from '../vault-password.js';

/** Looks again at what the plan decided on, right before the first effect. Leaves nothing behind. */
export const preflight: Step = {
  id: 'preflight',
  title: 'Preflight',
  run: async (ctx) => {
    const blocked = ctx.plan.findings.filter(({ level }) => level === 'blocked');
    if (blocked.length > 0)
      throw refused(
        ctx,
        blocked.map(({ code, text, next }) => `${code}: ${text}. Next: ${next}`),
      );
    await requireSameJob(ctx);
    await requireSecret(ctx);
    await requireFreeVolume(ctx);
    const warnings = ctx.plan.findings.filter((finding) => finding.level === 'warn');
    for (const finding of warnings) ctx.note(`${finding.code}: ${finding.text}`);
    return {
      summary: `${ctx.plan.findings.length + 2} checks, ${warnings.length} warnings`,
      evidence: { findings: ctx.plan.findings.map(({ code, level }) => ({ code, level })) },
    };
  },
};

const refused = (ctx: MoveContext, details: string[]): DbctlError =>
  new DbctlError('PREFLIGHT_FAILED', 'the move is not safe as things are', {
    where: `service ${ctx.plan.service}`,
    details,
    next: `dbctl plan ${ctx.plan.service}`,
  });

async function requireSameJob(ctx: MoveContext): Promise<void> {
  const { id, modifyIndex } = ctx.plan.job;
  const running = await ctx.nomad.job(id);
  if (running?.JobModifyIndex === modifyIndex) return;
  throw await jobChanged(ctx, ctx.artifacts.before);
}

/** The app keeps its login: the role's verifier is carried over, so Vault's password has to fit it. */
async function requireSecret(ctx: MoveContext): Promise<void> {
  const { mount, path, key } = ctx.service.vault;
  const password = await vaultPassword(ctx);
  const roles = carriedRoles(await carriedFacts(ctx));
  const verifier = (await verifiersOf(ctx, roles)).get(ctx.plan.source.role);
  if (fits(password, verifier)) return;
  throw new DbctlError('SECRET_MISMATCH', `the password in Vault does not log in as ${ctx.plan.source.role}`, {
    where: `${mount}/${path}, key ${key}`,
    next: "store the password that the app really uses, or set the role's password to Vault's",
  });
}
