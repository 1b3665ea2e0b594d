import type { VerifyCheck } from '../../report/verify-report.js';
import { type LoginContextOfTarget, loginProblems } from '../vault-login.js';
import { outcome } from './outcome.js';

/** Vault's password logs in to the dedicated server where one is asked for, a wrong one does not (reliability I15). */
export async function checkPassword(ctx: LoginContextOfTarget): Promise<VerifyCheck> {
  const { role, port } = ctx.plan.target;
  const problems = await loginProblems(ctx);
  const summary = problems.length === 0 ? `logs in as ${role} on port ${port}; a wrong one is refused` : `of ${role}`;
  return outcome('password', null, `Vault's ${summary}`, problems);
}
