import type { Command } from 'commander';
import { backupAllText, backupText } from '../../ui/backup-text.js';
import { backup } from '../../usecases/backup.js';
import { backupAll } from '../../usecases/backup-all.js';
import { configOption, count, jsonOption } from '../options.js';
import type { CliDeps, GlobalFlags } from '../session.js';

interface BackupFlags extends GlobalFlags {
  readonly pin?: boolean;
}

interface AllFlags extends GlobalFlags {
  readonly parallel: number;
}

export function addBackupCommands(program: Command, deps: CliDeps): void {
  program
    .command('backup <service>')
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
