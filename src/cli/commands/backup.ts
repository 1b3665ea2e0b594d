import type { Command } from 'commander';
import { backupAllText, backupText, deploySharedText } from '../../ui/backup-text.js';
import { confirmService } from '../../ui/prompt.js';
import { backup } from '../../usecases/backup.js';
import { backupAll } from '../../usecases/backup-all.js';
import { deployShared } from '../../usecases/deploy-shared.js';
import { configOption, count, jsonOption, yesOption } from '../options.js';
import type { CliDeps, GlobalFlags } from '../session.js';

interface BackupFlags extends GlobalFlags {
  readonly pin?: boolean;
}

interface DeployFlags extends GlobalFlags {
  readonly yes?: boolean;
}

interface AllFlags extends GlobalFlags {
  readonly parallel: number;
}

export function addBackupCommands(program: Command, deps: CliDeps): void {
  const group = program
    .command('backup')
    .summary('back up one service now, or start the job that backs up the shared instance');
  group
    .command('now <service>', { isDefault: true })
    .summary("back a service's databases up now; needs no lock, and goes on when dbctl is stopped")
    .option('--pin', 'keep it for good: retention never removes it')
    .addOption(jsonOption())
    .addOption(configOption())
    .addHelpText('after', '\nExample:\n  $ dbctl backup speedtest')
    .action(async (service: string, flags: BackupFlags) => {
      const session = await deps.open(flags);
      const report = await backup(session, { service, pin: flags.pin === true });
      await session.reporter.settled();
      deps.io.out(flags.json ? `${JSON.stringify(report, null, 2)}\n` : `${backupText(report, deps.io)}\n`);
      if (report.error) deps.setExitCode(report.error.exitCode);
    });
  group
    .command('deploy-shared')
    .summary('start the job that backs up every database of the shared instance by schedule, and write its jobspec')
    .addOption(yesOption())
    .addOption(jsonOption())
    .addOption(configOption())
    .addHelpText('after', '\nExample:\n  $ dbctl backup deploy-shared')
    .action((flags: DeployFlags) => deploy(deps, flags));
  addAllCommand(program, deps);
}

function addAllCommand(program: Command, deps: CliDeps): void {
  program
    .command('backup-all')
    .summary('back up every service with a database of its own, and the whole shared instance')
    .option('--parallel <n>', 'how many at once', count, 2)
    .addOption(jsonOption())
    .addOption(configOption())
    .addHelpText('after', '\nExample:\n  $ dbctl backup-all --parallel 4')
    .action(async (flags: AllFlags) => {
      const session = await deps.open(flags);
      const report = await backupAll(session, { parallel: flags.parallel });
      await session.reporter.settled();
      deps.io.out(flags.json ? `${JSON.stringify(report, null, 2)}\n` : `${backupAllText(report, deps.io)}\n`);
      const failed = report.rows.find(({ error }) => error !== undefined);
      if (failed?.error) deps.setExitCode(failed.error.exitCode);
    });
}

/** It only adds a job: `--yes` alone is enough. */
async function deploy(deps: CliDeps, flags: DeployFlags): Promise<void> {
  const session = await deps.open(flags);
  const { job } = session.inventory.shared;
  const confirm = (question: string): Promise<void> =>
    flags.yes
      ? Promise.resolve()
      : confirmService({ service: job, flags: '--yes', question, interactive: deps.io.interactive });
  const report = await deployShared(session, { confirm });
  deps.io.out(flags.json ? `${JSON.stringify(report, null, 2)}\n` : `${deploySharedText(report, deps.io)}\n`);
}
