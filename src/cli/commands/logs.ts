import type { Command } from 'commander';
import type { LogsReport } from '../../report/logs-report.js';
import { safe } from '../../ui/text.js';
import { followLogs, type LogsInput, logs } from '../../usecases/logs.js';
import { configOption, count, jsonOption } from '../options.js';
import type { CliDeps, GlobalFlags } from '../session.js';

interface LogsFlags extends GlobalFlags {
  readonly task?: string;
  readonly follow?: boolean;
  readonly lines: number;
}

export function addLogsCommand(program: Command, deps: CliDeps): void {
  program
    .command('logs <service>')
    .summary("the log of the service's PostgreSQL, or of another of its tasks")
    .option('--task <task>', 'another task: db-backup, db-init, db-gate, or one of the app')
    .option('-f, --follow', 'what comes after it too, until Ctrl-C')
    .option('--lines <count>', 'the last ones of stdout and of stderr', count, 50)
    .addOption(jsonOption().conflicts('follow'))
    .addOption(configOption())
    .addHelpText('after', '\nExamples:\n  $ dbctl logs speedtest\n  $ dbctl logs speedtest --task db-backup --follow')
    .action(async (service: string, { task, lines, ...flags }: LogsFlags) => {
      const session = await deps.open(flags);
      const input: LogsInput = { service, lines, ...(task === undefined ? {} : { task }) };
      if (flags.follow) await followLogs(session, input, (line) => deps.io.out(`${safe(line)}\n`));
      else show(deps, flags, await logs(session, input));
    });
}

/** Lines alone on stdout; which log they are of goes to stderr. */
function show({ io }: CliDeps, flags: GlobalFlags, report: LogsReport): void {
  if (flags.json) return void io.out(`${JSON.stringify(report, null, 2)}\n`);
  const where = `task ${report.task} of job ${report.job}, allocation ${report.allocation.slice(0, 8)}`;
  if (report.streams.length === 0) io.err(`dbctl: ${safe(where)} has written nothing\n`);
  for (const { stream, lines } of report.streams) {
    io.err(`dbctl: ${stream} of ${safe(where)}\n`);
    io.out(`${lines.map(safe).join('\n')}\n`);
  }
}
