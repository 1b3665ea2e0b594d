import type { Command } from 'commander';
import { CODES } from '../../errors/codes.js';
import { EXIT } from '../../errors/exit-codes.js';
import type { DrillReport } from '../../report/drill-report.js';
import { drillText } from '../../ui/drill-text.js';
import { drill } from '../../usecases/drill.js';
import { identityFrom } from '../identity.js';
import { configOption, jsonOption, requireOneOrAll } from '../options.js';
import type { CliDeps, GlobalFlags } from '../session.js';

interface DrillFlags extends GlobalFlags {
  readonly all?: boolean;
  readonly local?: boolean;
  readonly offsite?: string;
  readonly from?: string;
  readonly identity?: string;
  readonly due?: boolean;
}

const EXAMPLES = `
Examples:
  $ dbctl drill speedtest
  $ dbctl drill speedtest --local
  $ dbctl drill --all --due
  $ dbctl drill --all --json`;

export function addDrillCommand(program: Command, deps: CliDeps): void {
  program
    .command('drill [service]')
    .summary('restore the newest copy into a server that is thrown away, compare it, and time it')
    .option('--all', 'every service of the inventory, by priority, one after another')
    .option('--due', 'only those whose turn it is by drill.schedule: for a timer of your own')
    .option('--local', 'the backup on the backup volume, as where there is no off-site copy')
    .option('--offsite <target>', 'the copy of that off-site target (default: the first)')
    .option('--from <id>', 'this backup (default: the newest)')
    .option('--identity <file>', 'age key that opens an encrypted copy (default: as backup.encrypt says)')
    .addOption(jsonOption())
    .addOption(configOption())
    .addHelpText('after', EXAMPLES)
    .action(async (named: string | undefined, flags: DrillFlags) => {
      const service = requireOneOrAll('drill', named, flags.all);
      const session = await deps.open(flags);
      const report = await drill(session, service, {
        local: flags.local === true,
        offsite: flags.offsite ?? null,
        from: flags.from ?? null,
        due: flags.due === true,
        identity: flags.identity === undefined ? null : await identityFrom(session.files, flags.identity),
      });
      await session.reporter.settled();
      deps.io.out(flags.json ? `${JSON.stringify(report, null, 2)}\n` : `${drillText(report, deps.io)}\n`);
      const code = worstExit(report.drills.map(exitOf));
      if (code !== 0) deps.setExitCode(code);
    });
}

/** Of its worst finding; what could not be carried through says its own. */
const exitOf = ({ error, findings: [worst] }: DrillReport): number =>
  error?.exitCode ?? (worst === undefined ? 0 : CODES[worst.code].exit);

/** A backup that cannot be restored outweighs whatever else was found; else the first that is not well. */
const worstExit = (codes: readonly number[]): number =>
  codes.find((code) => code === EXIT.verificationFailed) ?? codes.find((code) => code !== EXIT.ok) ?? EXIT.ok;
