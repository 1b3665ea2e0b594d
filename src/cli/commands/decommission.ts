import type { Command } from 'commander';
import { decommissionText } from '../../ui/decommission-text.js';
import { decommission } from '../../usecases/decommission.js';
import { type ConfirmFlags, confirmName } from '../confirm.js';
import { configOption, confirmOption, jsonOption, yesOption } from '../options.js';
import type { CliDeps, GlobalFlags } from '../session.js';

interface DecommissionFlags extends GlobalFlags, ConfirmFlags {
  readonly ignoreJob?: readonly string[];
}

export function addDecommissionCommand(program: Command, deps: CliDeps): void {
  program
    .command('decommission')
    .summary('stop the shared instance, once nothing is left on it')
    .addOption(yesOption())
    .addOption(confirmOption())
    .addOption(jsonOption())
    .addOption(configOption())
    .option(
      '--ignore-job <job...>',
      'jobs that name it in settings they no longer use; a template that looks it up starts its task anew',
    )
    .addHelpText('after', '\nExample:\n  $ dbctl decommission')
    .action(async (flags: DecommissionFlags) => {
      const session = await deps.open(flags);
      const { job } = session.inventory.shared;
      const report = await decommission(session, {
        ignored: flags.ignoreJob ?? [],
        confirm: (question) => confirmName(deps, job, flags, question),
      });
      deps.io.out(flags.json ? `${JSON.stringify(report, null, 2)}\n` : `${decommissionText(report, deps.io)}\n`);
    });
}
