import type { FleetVerb } from '../report/fleet-report.js';
import type { MigrateReport } from '../report/migrate-report.js';
import { fleetText } from '../ui/fleet-text.js';
import type { UseCaseDeps } from '../usecases/deps.js';
import { fleet } from '../usecases/fleet.js';
import { type ConfirmFlags, confirmAll } from './confirm.js';
import type { CliDeps, GlobalFlags } from './session.js';

interface FleetFlags extends GlobalFlags, ConfirmFlags {
  readonly keepGoing?: boolean;
}

/** One verb over every service: the steps of each as they go, one table at the end. Exit code of the first failure. */
export async function runFleet(
  deps: CliDeps,
  session: UseCaseDeps,
  verb: FleetVerb,
  flags: FleetFlags,
  one: (service: string) => Promise<MigrateReport>,
): Promise<void> {
  const report = await fleet(session, {
    verb,
    keepGoing: flags.keepGoing === true,
    confirm: (question) => confirmAll(deps, flags, question),
    one,
  });
  await session.reporter.settled();
  deps.io.out(flags.json ? `${JSON.stringify(report, null, 2)}\n` : `${fleetText(report, deps.io)}\n`);
  const failed = report.rows.find((row) => row.error !== undefined);
  if (failed?.error) deps.setExitCode(failed.error.exitCode);
}
