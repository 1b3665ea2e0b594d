import type { Command } from 'commander';
import { DbctlError } from '../../errors/dbctl-error.js';
import type { MigrateReport } from '../../report/migrate-report.js';
import { reportText } from '../../ui/report-text.js';
import type { UseCaseDeps } from '../../usecases/deps.js';
import { finalize } from '../../usecases/finalize.js';
import { migrate } from '../../usecases/migrate.js';
import { rollback } from '../../usecases/rollback.js';
import type { LossChoice } from '../../usecases/rollback-loss.js';
import { type ConfirmFlags, confirmName } from '../confirm.js';
import { runFleet } from '../fleet.js';
import { fromOption, requireOneOrAll, seconds, withMoveOptions } from '../options.js';
import { runProofs } from '../proofs.js';
import type { CliDeps, GlobalFlags } from '../session.js';

interface MoveFlags extends GlobalFlags, ConfirmFlags {
  readonly resume?: boolean;
  readonly all?: boolean;
  readonly keepGoing?: boolean;
}

interface MigrateFlags extends MoveFlags {
  /** commander: `--rehearse` true, `--no-rehearse` false, neither undefined. */
  readonly rehearse?: boolean;
  readonly maxDowntime?: number;
  readonly restart?: boolean;
}

interface FinalizeFlags extends MoveFlags {
  readonly gone: readonly string[];
}

const append = (value: string, all: readonly string[]): string[] => [...all, value];
interface RollbackFlags extends MoveFlags {
  readonly from?: LossChoice;
  readonly acceptLoss?: boolean;
  readonly prove?: boolean;
  readonly every?: number;
}

const ROLLBACK_EXAMPLES =
  '\nExamples:\n  $ dbctl rollback speedtest\n  $ dbctl rollback speedtest --from backup --accept-loss\n  $ dbctl rollback --all --prove --every 6h';

/** Two flags for what cannot be undone: where to go back to, and that it costs something. Throws USAGE. */
function lossOf({ from, acceptLoss, all }: RollbackFlags): LossChoice | undefined {
  if (from === undefined && !acceptLoss) return undefined;
  if (from !== undefined && acceptLoss && !all) return from;
  const problem = all
    ? '--from is for one service at a time'
    : from === undefined
      ? '--accept-loss needs --from'
      : '--from gives up what was written since then: it needs --accept-loss';
  throw new DbctlError('USAGE', problem, { next: 'dbctl rollback <service> --from source|backup --accept-loss' });
}

type Confirm = (question: string) => Promise<void>;
type One = (session: UseCaseDeps, service: string, confirm: Confirm) => Promise<MigrateReport>;

export function addMoveCommands(program: Command, deps: CliDeps): void {
  withMoveOptions(program.command('migrate [service]'))
    .summary('move a service from the shared instance to its own database')
    .option('--rehearse', 'only rehearse: the whole move into a throwaway job while the app keeps running')
    .option('--no-rehearse', 'move without a rehearsal')
    .option('--restart', 'undo the run that was interrupted and begin anew')
    .option('--max-downtime <duration>', 'refuse when the rehearsal predicts more', seconds)
    .addHelpText('after', '\nExamples:\n  $ dbctl migrate speedtest --max-downtime 30s\n  $ dbctl migrate --all')
    .action(async (service: string | undefined, flags: MigrateFlags) => {
      const mode = flags.rehearse === undefined ? 'auto' : flags.rehearse ? 'only' : 'skip';
      await run(deps, 'migrate', service, flags, (session, name, confirm) =>
        migrate(session, {
          service: name,
          confirm,
          rehearse: mode,
          resume: flags.resume === true,
          maxDowntimeSeconds: flags.maxDowntime,
          restart: flags.restart === true,
        }),
      );
    });
  withMoveOptions(program.command('rollback [service]'))
    .summary('move a service back to the shared instance, keeping every later row')
    .addOption(fromOption())
    .option('--accept-loss', 'with --from: what was written since then is given up')
    .option('--prove', 'change nothing: go the way back into a scratch database, compare, and write down that it works')
    .option('--every <duration>', 'with --prove: again and again, until the undo window is over', seconds)
    .addHelpText('after', ROLLBACK_EXAMPLES)
    .action(async (service: string | undefined, flags: RollbackFlags) => {
      const loss = lossOf(flags);
      if (flags.prove) return await runProofs(deps, service, flags);
      if (flags.every !== undefined)
        throw new DbctlError('USAGE', '--every needs --prove', { next: 'dbctl rollback --help' });
      await run(deps, 'rollback', service, flags, (session, name, confirm) =>
        rollback(session, { service: name, confirm, resume: flags.resume === true, loss }),
      );
    });
  withMoveOptions(program.command('finalize [service]'))
    .summary('drop the closed old database, once every condition holds')
    .option('--gone <table>', 'had rows when it was moved, rightly is empty or gone by now (repeat)', append, [])
    .addHelpText('after', '\nExamples:\n  $ dbctl finalize speedtest\n  $ dbctl finalize --all')
    .action(async (service: string | undefined, flags: FinalizeFlags) => {
      await run(deps, 'finalize', service, flags, (session, name, confirm) =>
        finalize(session, { service: name, confirm, resume: flags.resume === true, gone: flags.gone }),
      );
    });
}

async function run(
  deps: CliDeps,
  verb: 'migrate' | 'rollback' | 'finalize',
  named: string | undefined,
  flags: MoveFlags,
  one: One,
): Promise<void> {
  const service = requireOneOrAll(verb, named, flags.all);
  const session = await deps.open(flags);
  if (service === undefined) return await runFleet(deps, session, verb, flags, (name) => one(session, name, agreed));
  const report = await one(session, service, (question) => confirmName(deps, service, flags, question));
  // The last step line is on the screen before the report begins.
  await session.reporter.settled();
  deps.io.out(flags.json ? `${JSON.stringify(report, null, 2)}\n` : `${reportText(report, deps.io)}\n`);
  if (report.error) deps.setExitCode(report.error.exitCode);
}

/** The question for all of them was answered once. */
const agreed: Confirm = () => Promise.resolve();
