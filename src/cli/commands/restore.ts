import { type Command, InvalidArgumentError } from 'commander';
import { DbctlError } from '../../errors/dbctl-error.js';
import { restoreText } from '../../ui/restore-text.js';
import { restore } from '../../usecases/restore.js';
import { type ConfirmFlags, confirmName } from '../confirm.js';
import { identityFrom } from '../identity.js';
import { configOption, confirmOption, jsonOption, yesOption } from '../options.js';
import type { CliDeps, GlobalFlags } from '../session.js';

interface RestoreFlags extends GlobalFlags, ConfirmFlags {
  readonly from?: string;
  readonly at?: string;
  readonly offsite?: string;
  readonly identity?: string;
  /** commander: `--without-safety`. */
  readonly withoutSafety?: boolean;
  readonly resume?: boolean;
  readonly undo?: boolean;
  readonly done?: boolean;
}

const EXAMPLES = `
Examples:
  $ dbctl restore speedtest
  $ dbctl restore speedtest --at 2026-11-28T02:00:00Z
  $ dbctl restore speedtest --offsite b2 --identity ~/age.key
  $ dbctl restore speedtest --undo`;

export function addRestoreCommand(program: Command, deps: CliDeps): void {
  program
    .command('restore <service>')
    .summary('put a backup in the place of a live database, compared first, with a way back')
    .option('--from <id>', 'this backup (default: the newest)')
    .option('--at <time>', 'the newest backup that was finished by then, like 2026-11-28T02:00:00Z', instant)
    .option('--offsite <target>', 'fetch the copy of that off-site target')
    .option('--identity <file>', 'age key that opens an encrypted copy')
    .option('--without-safety', 'do not back up first what is live now, because it cannot be read')
    .option('--resume', 'go on with the restore that was interrupted')
    .option('--undo', 'put back what was live before the restore')
    .option('--done', 'drop what was live before the restore')
    .addOption(yesOption())
    .addOption(confirmOption())
    .addOption(jsonOption())
    .addOption(configOption())
    .addHelpText('after', EXAMPLES)
    .action(async (service: string, flags: RestoreFlags) => run(deps, service, flags));
}

/** With its zone, so that nobody restores an hour too early. */
function instant(text: string): string {
  const whole = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(text);
  if (whole && Number.isFinite(Date.parse(text))) return new Date(text).toISOString();
  throw new InvalidArgumentError('expected a time with its zone, like 2026-11-28T02:00:00Z or 2026-11-28T03:00+01:00');
}

async function run(deps: CliDeps, service: string, flags: RestoreFlags): Promise<void> {
  requireOneThing(flags);
  const session = await deps.open(flags);
  const report = await restore(session, {
    service,
    from: flags.from ?? null,
    at: flags.at ?? null,
    offsite: flags.offsite ?? null,
    identity: flags.identity === undefined ? null : await identityFrom(session.files, flags.identity),
    safety: flags.withoutSafety !== true,
    resume: flags.resume === true,
    undo: flags.undo === true,
    done: flags.done === true,
    confirm: (question) => confirmName(deps, service, flags, question),
  });
  await session.reporter.settled();
  deps.io.out(flags.json ? `${JSON.stringify(report, null, 2)}\n` : `${restoreText(report, deps.io)}\n`);
  if (report.error) deps.setExitCode(report.error.exitCode);
}

function requireOneThing({ from, at, resume, undo, done }: RestoreFlags): void {
  const words = [
    ...(from === undefined ? [] : ['--from']),
    ...(at === undefined ? [] : ['--at']),
    ...(resume ? ['--resume'] : []),
    ...(undo ? ['--undo'] : []),
    ...(done ? ['--done'] : []),
  ];
  if (words.length <= 1) return;
  throw new DbctlError('USAGE', `only one of these at a time: ${words.join(', ')}`, { next: 'dbctl restore --help' });
}
