import { Command } from 'commander';
import { EXIT_MEANING } from '../errors/exit-codes.js';
import { addAdoptCommand } from './commands/adopt.js';
import { addBackupCommands } from './commands/backup.js';
import { addBackupsCommands } from './commands/backups.js';
import { addCompletionCommand } from './commands/completion.js';
import { addDebugCommand } from './commands/debug.js';
import { addDecommissionCommand } from './commands/decommission.js';
import { addDiscoverCommand } from './commands/discover.js';
import { addDoctorCommand } from './commands/doctor.js';
import { addDrillCommand } from './commands/drill.js';
import { addImageCommands } from './commands/image.js';
import { addInitCommand } from './commands/init.js';
import { addLabCommands } from './commands/lab.js';
import { addLogsCommand } from './commands/logs.js';
import { addMetricsCommand } from './commands/metrics.js';
import { addMoveCommands } from './commands/move.js';
import { addPlanCommand } from './commands/plan.js';
import { addPolicyCommand } from './commands/policy.js';
import { addProvisionCommand } from './commands/provision.js';
import { addPsqlCommand } from './commands/psql.js';
import { addRebuildCommand } from './commands/rebuild.js';
import { addReportCommand } from './commands/report.js';
import { addRestoreCommand } from './commands/restore.js';
import { addStatusCommand } from './commands/status.js';
import { addVerifyCommand } from './commands/verify.js';
import type { CliDeps } from './session.js';

/** The command tree, and nothing else. */
export function buildProgram(deps: CliDeps): Command {
  const program = new Command('dbctl')
    .description('Gives every service on Nomad and Vault its own PostgreSQL.')
    .version(deps.version)
    .exitOverride()
    .showHelpAfterError('(dbctl --help)')
    .configureOutput({ writeOut: (text) => deps.io.out(text), writeErr: (text) => deps.io.err(text) })
    .addHelpText('after', exitCodes());
  addInitCommand(program, deps);
  addDiscoverCommand(program, deps);
  addAdoptCommand(program, deps);
  addPlanCommand(program, deps);
  addProvisionCommand(program, deps);
  addMoveCommands(program, deps);
  addStatusCommand(program, deps);
  addReportCommand(program, deps);
  addLogsCommand(program, deps);
  addPsqlCommand(program, deps);
  addVerifyCommand(program, deps);
  addBackupCommands(program, deps);
  addBackupsCommands(program, deps);
  addMetricsCommand(program, deps);
  addRestoreCommand(program, deps);
  addRebuildCommand(program, deps);
  addDrillCommand(program, deps);
  addImageCommands(program, deps);
  addDecommissionCommand(program, deps);
  addDoctorCommand(program, deps);
  addPolicyCommand(program, deps);
  addDebugCommand(program, deps);
  addCompletionCommand(program, deps);
  addLabCommands(program, deps);
  return program;
}

const exitCodes = (): string =>
  `\nExit codes:\n${Object.entries(EXIT_MEANING)
    .map(([code, meaning]) => `  ${code.padStart(3)}  ${meaning}`)
    .join('\n')}`;
