import type { Command } from 'commander';
import { discoverText } from '../../ui/discover-text.js';
import { discoverCluster } from '../../usecases/discover.js';
import { jsonOption } from '../options.js';
import type { CliDeps } from '../session.js';

interface DiscoverFlags {
  readonly ci?: boolean;
  readonly json?: boolean;
}

export function addDiscoverCommand(program: Command, deps: CliDeps): void {
  program
    .command('discover')
    .summary('every database of the cluster under its true name, who uses it and how sure that is; changes nothing')
    .option('--ci', 'exit with 2 unless every PostgreSQL database has a fresh backup that was drilled')
    .addOption(jsonOption())
    .addHelpText('after', '\nExamples:\n  $ dbctl discover\n  $ dbctl discover --ci --json')
    .action(async (flags: DiscoverFlags) => {
      const { session } = await deps.connect();
      const report = await discoverCluster(session);
      deps.io.out(flags.json ? `${JSON.stringify(report, null, 2)}\n` : `${discoverText(report, deps.io)}\n`);
      if (flags.ci && report.exitCode !== 0) deps.setExitCode(report.exitCode);
    });
}
