import { DbctlError } from '../../errors/dbctl-error.js';
import type { Step } from '../step.js';
import type { ProvisionContext } from './context.js';

/** Looks again at what the plan decided on, right before the first effect. Changes nothing. */
export const checkStep: Step<ProvisionContext> = {
  id: 'check',
  title: 'Check',
  run: async (ctx) => {
    const { id, modifyIndex } = ctx.plan.job;
    const running = await ctx.nomad.job(id);
    if ((running?.JobModifyIndex ?? 0) !== modifyIndex)
      throw new DbctlError('JOB_CHANGED', 'the job was changed since the plan was made', {
        where: `job ${id}`,
        value: `index ${running?.JobModifyIndex ?? 'none'}, planned ${modifyIndex}`,
        next: `dbctl provision ${ctx.plan.service} --plan`,
      });
    const now = await ctx.files.read(ctx.artifacts.path);
    if (now !== ctx.artifacts.before?.Source)
      throw new DbctlError('JOB_CHANGED', 'the jobspec file was changed since the plan was made', {
        where: ctx.artifacts.path,
        next: `dbctl provision ${ctx.plan.service} --plan`,
      });
    const warnings = ctx.plan.findings.filter(({ level }) => level === 'warn');
    for (const finding of warnings) ctx.note(`${finding.code}: ${finding.text}`);
    return { summary: `as planned, ${warnings.length} warnings`, evidence: { modifyIndex } };
  },
};
