import type { Command } from 'commander';
import { rebuildText } from '../../ui/rebuild-text.js';
import { rebuild } from '../../usecases/rebuild/rebuild.js';
import { type ConfirmFlags, confirmAll, confirmName } from '../confirm.js';
import { identityFrom } from '../identity.js';
import { instant } from '../instant.js';
import { configOption, confirmOption, jsonOption, requireOneOrAll, yesOption } from '../options.js';
import type { CliDeps, GlobalFlags } from '../session.js';

interface RebuildFlags extends GlobalFlags, ConfirmFlags {
  readonly all?: boolean;
  readonly offsite?: string;
  readonly from?: string;
  readonly at?: string;
  readonly identity?: string;
  readonly plan?: boolean;
}

const EXAMPLES = `
Examples:
  $ dbctl rebuild --all --plan
  $ dbctl rebuild --all --identity ~/age.key
  $ dbctl rebuild speedtest
  $ dbctl rebuild speedtest --offsite b2 --at 2026-11-28T02:00:00Z`;

export function addRebuildCommand(program: Command, deps: CliDeps): void {
  program
    .command('rebuild [service]')
    .summary('make a service from its copy elsewhere alone, when the cluster that had it is lost')
    .option('--all', 'every service of the inventory, by priority, one after another')
    .option('--offsite <target>', 'the copies of that off-site target (default: the first)')
    .option('--from <id>', 'this copy (default: the newest that is all there)')
    .option('--at <time>', 'the newest copy that was finished by then, like 2026-11-28T02:00:00Z', instant)
    .option('--identity <file>', 'age key that opens encrypted copies (default: as backup.encrypt says)')
    .option('--plan', 'show which copies there are and what would be done; change nothing')
    .addOption(yesOption())
    .addOption(confirmOption())
    .addOption(jsonOption())
    .addOption(configOption())
    .addHelpText('after', EXAMPLES)
    .action(async (service: string | undefined, flags: RebuildFlags) => run(deps, service, flags));
}

async function run(deps: CliDeps, named: string | undefined, flags: RebuildFlags): Promise<void> {
  const service = requireOneOrAll('rebuild', named, flags.all);
  const session = await deps.open(flags);
  const report = await rebuild(session, {
    service,
    offsite: flags.offsite ?? null,
    id: flags.from ?? null,
    at: flags.at ?? null,
    identity: flags.identity === undefined ? null : await identityFrom(session.files, flags.identity),
    plan: flags.plan === true,
    show: (plan) => deps.io.err(`${rebuildText(plan, { ...deps.io, ...deps.io.errStyle })}\n\n`),
    confirm: (question) =>
      service === undefined ? confirmAll(deps, flags, question) : confirmName(deps, service, flags, question),
  });
  await session.reporter.settled();
  deps.io.out(flags.json ? `${JSON.stringify(report, null, 2)}\n` : `${rebuildText(report, deps.io)}\n`);
  const error = report.rows.find((row) => row.error !== undefined)?.error;
  if (error !== undefined) deps.setExitCode(error.exitCode);
}
