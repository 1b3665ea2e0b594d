import type { Command } from 'commander';
import type { BackupsChangeReport } from '../../report/backups-report.js';
import { backupSetsText, backupsChangeText, backupsText } from '../../ui/backups-text.js';
import { backupSets, backups } from '../../usecases/backups.js';
import { pinBackup } from '../../usecases/pin-backup.js';
import { prunePlan } from '../../usecases/prune-plan.js';
import { configOption, jsonOption } from '../options.js';
import type { CliDeps, GlobalFlags } from '../session.js';

interface BackupsFlags extends GlobalFlags {
  readonly detailedExitcode?: boolean;
}

export function addBackupsCommands(program: Command, deps: CliDeps): void {
  const group = program.command('backups').summary('the backups there are: looks, pins, changes nothing else');
  group
    .command('list [service]', { isDefault: true })
    .summary('the backups there are, one row per service, or per backup of one')
    .option('--detailed-exitcode', 'exit with 2 when a backup is late, failed or missing')
    .addOption(jsonOption())
    .addOption(configOption())
    .addHelpText('after', '\nExamples:\n  $ dbctl backups\n  $ dbctl backups speedtest')
    .action((service: string | undefined, flags: BackupsFlags) => list(deps, service, flags));
  for (const verb of ['pin', 'unpin'] as const)
    group
      .command(`${verb} <service> <id>`)
      .summary(verb === 'pin' ? 'keep a backup for good' : 'leave a pinned backup to retention again')
      .addOption(jsonOption())
      .addOption(configOption())
      .addHelpText('after', `\nExample:\n  $ dbctl backups ${verb} speedtest 000012-20261128T023000Z`)
      .action(async (service: string, id: string, flags: GlobalFlags) => {
        const session = await deps.open(flags);
        show(deps, flags, await pinBackup(session, { service, id, pin: verb === 'pin' }));
      });
  addPruneCommand(group, deps);
}

/** Retention runs after a backup that went well, and never by hand: this only shows what it would do. */
function addPruneCommand(group: Command, deps: CliDeps): void {
  group
    .command('prune <service>')
    .summary('which backups retention would remove now; it does so itself, after the next backup')
    .requiredOption('--dry-run', 'only show; there is no other way')
    .addOption(jsonOption())
    .addOption(configOption())
    .addHelpText('after', '\nExample:\n  $ dbctl backups prune speedtest --dry-run')
    .action(async (service: string, flags: GlobalFlags) =>
      show(deps, flags, await prunePlan(await deps.open(flags), service)),
    );
}

async function list(deps: CliDeps, service: string | undefined, flags: BackupsFlags): Promise<void> {
  const session = await deps.open(flags);
  const report = service === undefined ? await backups(session) : await backupSets(session, service);
  const text =
    report.schema === 'dbctl.backups/1' ? () => backupsText(report, deps.io) : () => backupSetsText(report, deps.io);
  deps.io.out(flags.json ? `${JSON.stringify(report, null, 2)}\n` : `${text()}\n`);
  if (flags.detailedExitcode && report.exitCode !== 0) deps.setExitCode(report.exitCode);
}

function show(deps: CliDeps, flags: GlobalFlags, report: BackupsChangeReport): void {
  deps.io.out(flags.json ? `${JSON.stringify(report, null, 2)}\n` : `${backupsChangeText(report, deps.io)}\n`);
}
