import type { Command } from 'commander';
import type { ServiceStatusReport, StatusReport } from '../../report/status-report.js';
import { serviceStatusText } from '../../ui/service-status-text.js';
import { statusText } from '../../ui/status-text.js';
import type { UseCaseDeps } from '../../usecases/deps.js';
import { serviceStatus, status } from '../../usecases/status/status.js';
import { configOption, jsonOption, seconds } from '../options.js';
import type { CliDeps, GlobalFlags } from '../session.js';
import { requireScreen, watching } from '../watch.js';

interface StatusFlags extends GlobalFlags {
  readonly watch?: boolean;
  readonly interval: number;
  readonly detailedExitcode?: boolean;
}

export function addStatusCommand(program: Command, deps: CliDeps): void {
  program
    .command('status [service]')
    .summary('how every service and the shared instance are, or all of one service; changes nothing')
    .option('--watch', 'draw it again and again, on a terminal')
    .option('--interval <duration>', 'with --watch: how often', seconds, 10)
    .option('--detailed-exitcode', 'exit with 2 when something needs attention')
    .addOption(jsonOption().conflicts('watch'))
    .addOption(configOption())
    .addHelpText('after', '\nExamples:\n  $ dbctl status\n  $ dbctl status speedtest\n  $ dbctl status --watch')
    .action((service: string | undefined, flags: StatusFlags) => show(deps, service, flags));
}

async function show(deps: CliDeps, service: string | undefined, flags: StatusFlags): Promise<void> {
  if (flags.watch) requireScreen(deps);
  const session = await deps.open(flags);
  if (flags.watch)
    return await watching(deps, session, flags.interval, async () => textOf(deps, await reportOf(session, service)));
  const report = await reportOf(session, service);
  deps.io.out(flags.json ? `${JSON.stringify(report, null, 2)}\n` : `${textOf(deps, report)}\n`);
  if (flags.detailedExitcode && report.exitCode !== 0) deps.setExitCode(report.exitCode);
}

const reportOf = (session: UseCaseDeps, service: string | undefined): Promise<StatusReport | ServiceStatusReport> =>
  service === undefined ? status(session) : serviceStatus(session, service);

const textOf = ({ io }: CliDeps, report: StatusReport | ServiceStatusReport): string =>
  report.schema === 'dbctl.status/1' ? statusText(report, io) : serviceStatusText(report, io);
