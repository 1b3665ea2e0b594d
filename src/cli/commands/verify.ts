import type { Command } from 'commander';
import { verifyText } from '../../ui/verify-text.js';
import { verify } from '../../usecases/verify.js';
import { configOption, jsonOption } from '../options.js';
import type { CliDeps, GlobalFlags } from '../session.js';

export function addVerifyCommand(program: Command, deps: CliDeps): void {
  program
    .command('verify <service>')
    .summary("read a service's data whole and compare it with what was moved; changes nothing")
    .addOption(jsonOption())
    .addOption(configOption())
    .addHelpText('after', '\nExample:\n  $ dbctl verify speedtest')
    .action(async (service: string, flags: GlobalFlags) => {
      const session = await deps.open(flags);
      const report = await verify(session, service);
      deps.io.out(flags.json ? `${JSON.stringify(report, null, 2)}\n` : `${verifyText(report, deps.io)}\n`);
      if (report.exitCode !== 0) deps.setExitCode(report.exitCode);
    });
}
