import type { Command } from 'commander';
import { DbctlError } from '../../errors/dbctl-error.js';
import type { MigrateReport } from '../../report/migrate-report.js';
import { confirmService } from '../../ui/prompt.js';
import { reportText } from '../../ui/report-text.js';
import type { UseCaseDeps } from '../../usecases/deps.js';
import { finalize } from '../../usecases/finalize.js';
import { migrate } from '../../usecases/migrate.js';
import { rollback } from '../../usecases/rollback.js';
import { seconds, withMoveOptions } from '../options.js';
import type { CliDeps, GlobalFlags } from '../session.js';

interface MoveFlags extends GlobalFlags {
  readonly yes?: boolean;
  readonly confirm?: string;
  readonly resume?: boolean;
}

interface MigrateFlags extends MoveFlags {
  /** commander: `--rehearse` true, `--no-rehearse` false, neither undefined. */
  readonly rehearse?: boolean;
  readonly maxDowntime?: number;
  readonly restart?: boolean;
}

export function addMoveCommands(program: Command, deps: CliDeps): void {
  withMoveOptions(program.command('migrate <service>'))
    .summary('move a service from the shared instance to its own database')
    .option('--rehearse', 'only rehearse: the whole move into a throwaway job while the app keeps running')
    .option('--no-rehearse', 'move without a rehearsal')
    .option('--restart', 'undo the run that was interrupted and begin anew')
    .option('--max-downtime <duration>', 'refuse when the rehearsal predicts more', seconds)
    .addHelpText('after', '\nExample:\n  $ dbctl migrate speedtest --max-downtime 30s')
    .action(async (service: string, flags: MigrateFlags) => {
      const mode = flags.rehearse === undefined ? 'auto' : flags.rehearse ? 'only' : 'skip';
      const input = {
        service,
        rehearse: mode,
        ...moveInput(deps, service, flags),
        maxDowntimeSeconds: flags.maxDowntime,
        restart: flags.restart === true,
      } as const;
      await run(deps, flags, (session) => migrate(session, input));
    });
  withMoveOptions(program.command('rollback <service>'))
    .summary('move a service back to the shared instance, keeping every later row')
    .addHelpText('after', '\nExample:\n  $ dbctl rollback speedtest')
    .action(async (service: string, flags: MoveFlags) => {
      await run(deps, flags, (session) => rollback(session, { service, ...moveInput(deps, service, flags) }));
    });
  withMoveOptions(program.command('finalize <service>'))
    .summary('drop the closed old database, once every condition holds')
    .addHelpText('after', '\nExample:\n  $ dbctl finalize speedtest')
    .action(async (service: string, flags: MoveFlags) => {
      await run(deps, flags, (session) => finalize(session, { service, ...moveInput(deps, service, flags) }));
    });
}

const moveInput = (
  deps: CliDeps,
  service: string,
  flags: MoveFlags,
): { resume: boolean; confirm: (question: string) => Promise<void> } => ({
  resume: flags.resume === true,
  confirm: (question) => confirm(deps, service, flags, question),
});

/** `--yes` together with `--confirm <service>` stands for typing the name; anything less asks, or refuses off a terminal. */
async function confirm(deps: CliDeps, service: string, flags: MoveFlags, question: string): Promise<void> {
  if (flags.confirm !== undefined && flags.confirm !== service) {
    throw new DbctlError('CONFIRMATION_DECLINED', '--confirm names another service', {
      value: flags.confirm,
      next: `--confirm ${service}`,
    });
  }
  if (flags.yes && flags.confirm === service) return;
  await confirmService({ service, question, interactive: deps.io.interactive });
}

/** The last step line is on the screen before the report begins. */
async function run(
  deps: CliDeps,
  flags: GlobalFlags,
  use: (session: UseCaseDeps) => Promise<MigrateReport>,
): Promise<void> {
  const session = await deps.open(flags);
  const report = await use(session);
  await session.reporter.settled();
  show(deps, flags, report);
}

function show(deps: CliDeps, flags: GlobalFlags, report: MigrateReport): void {
  deps.io.out(flags.json ? `${JSON.stringify(report, null, 2)}\n` : `${reportText(report, deps.io)}\n`);
  if (report.error) deps.setExitCode(report.error.exitCode);
}
