import type { Command } from 'commander';
import { planText } from '../../ui/plan-text.js';
import { planServices } from '../../usecases/plan.js';
import { planDocument } from '../../usecases/plan-document.js';
import { configOption, jsonOption } from '../options.js';
import type { CliDeps, GlobalFlags } from '../session.js';

interface PlanFlags extends GlobalFlags {
  readonly out?: string;
  readonly detailedExitcode?: boolean;
}

export function addPlanCommand(program: Command, deps: CliDeps): void {
  program
    .command('plan [service]')
    .summary('show what a move would change, and why; changes nothing')
    .option('--out <file>', 'save the plan as JSON')
    .option('--detailed-exitcode', 'exit 2 when there is something to migrate')
    .addOption(jsonOption())
    .addOption(configOption())
    .addHelpText('after', '\nExample:\n  $ dbctl plan speedtest --out migrations-plan/speedtest.json')
    .action(async (service: string | undefined, flags: PlanFlags) => {
      const session = await deps.open(flags);
      const plan = await planServices(session, service);
      const text = `${JSON.stringify(planDocument(plan), null, 2)}\n`;
      if (flags.out) await session.files.write(flags.out, text);
      deps.io.out(flags.json ? text : `${planText(plan, deps.io)}\n`);
      const pending = plan.services.some((entry) => entry.state === 'migrate');
      if (plan.services.some((entry) => entry.state === 'blocked')) deps.setExitCode(3);
      else if (flags.detailedExitcode && pending) deps.setExitCode(2);
    });
}
