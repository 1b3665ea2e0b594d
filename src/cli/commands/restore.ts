import type { Command } from 'commander';
import { DbctlError } from '../../errors/dbctl-error.js';
import { provisionText } from '../../ui/provision-text.js';
import { restoreText } from '../../ui/restore-text.js';
import { restore } from '../../usecases/restore.js';
import { restoreAs } from '../../usecases/restore-as.js';
import { type ConfirmFlags, confirmName } from '../confirm.js';
import { identityFrom } from '../identity.js';
import { instant } from '../instant.js';
import { configOption, confirmOption, jsonOption, yesOption } from '../options.js';
import type { CliDeps, GlobalFlags } from '../session.js';
import { showProvision } from './provision.js';

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
  readonly as?: string;
  readonly image?: string;
  readonly plan?: boolean;
  readonly app?: string;
  readonly jobspec?: string;
  readonly database: readonly string[];
  readonly role?: string;
}

const EXAMPLES = `
Examples:
  $ dbctl restore speedtest
  $ dbctl restore speedtest --at 2026-11-28T02:00:00Z
  $ dbctl restore speedtest --offsite b2 --identity ~/age.key
  $ dbctl restore speedtest --undo
  $ dbctl restore speedtest --as speedtest-test`;

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
    .option('--as <service>', 'make a new service from it, and leave this one as it is')
    .option('--image <name>', 'with --as: the backup of that name, see dbctl image')
    .option('--plan', 'with --as: show what would be done; change nothing')
    .option('--app <preset>', 'with --as: which app the new service is (default: the same)')
    .option('--jobspec <file>', "with --as: the new app's jobspec, relative to dbctl.yaml: put the database into it")
    .option('--database <name>', 'with --as: its name in the new service; repeatable', collect, [])
    .option('--role <name>', 'with --as: login role of the new app (default: the name of the service)')
    .addOption(yesOption())
    .addOption(confirmOption())
    .addOption(jsonOption())
    .addOption(configOption())
    .addHelpText('after', EXAMPLES)
    .action(async (service: string, flags: RestoreFlags) => run(deps, service, flags));
}

const collect = (value: string, all: readonly string[]): string[] => [...all, value];

/** Flags of a new service say nothing about an old one. */
function requireAs(flags: RestoreFlags): void {
  const words = [
    ...(flags.plan ? ['--plan'] : []),
    ...(flags.image === undefined ? [] : ['--image']),
    ...(flags.app === undefined ? [] : ['--app']),
    ...(flags.jobspec === undefined ? [] : ['--jobspec']),
    ...(flags.database.length === 0 ? [] : ['--database']),
    ...(flags.role === undefined ? [] : ['--role']),
  ];
  if (flags.as !== undefined && (flags.done || flags.withoutSafety))
    throw new DbctlError('USAGE', '--as makes a new service: there is nothing to back up or drop first', {
      value: flags.done ? '--done' : '--without-safety',
    });
  if (flags.as !== undefined || words.length === 0) return;
  throw new DbctlError('USAGE', `only with --as: ${words.join(', ')}`, { next: 'dbctl restore --help' });
}

async function run(deps: CliDeps, service: string, flags: RestoreFlags): Promise<void> {
  requireOneThing(flags);
  requireAs(flags);
  if (flags.as !== undefined) return runAs(deps, service, flags.as, flags);
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

function requireOneThing({ from, at, image, resume, undo, done }: RestoreFlags): void {
  const words = [
    ...(from === undefined ? [] : ['--from']),
    ...(at === undefined ? [] : ['--at']),
    ...(image === undefined ? [] : ['--image']),
    ...(resume ? ['--resume'] : []),
    ...(undo ? ['--undo'] : []),
    ...(done ? ['--done'] : []),
  ];
  if (words.length <= 1) return;
  throw new DbctlError('USAGE', `only one of these at a time: ${words.join(', ')}`, { next: 'dbctl restore --help' });
}

async function runAs(deps: CliDeps, service: string, as: string, flags: RestoreFlags): Promise<void> {
  const session = await deps.open(flags);
  const { from = null, at = null, offsite = null } = flags;
  const identity = flags.identity === undefined ? null : await identityFrom(session.files, flags.identity);
  const report = await restoreAs(session, {
    ...{ service, as, id: from, at, offsite, identity },
    image: flags.image ?? null,
    app: flags.app ?? null,
    jobspec: flags.jobspec ?? null,
    databases: [...new Set(flags.database)],
    role: flags.role ?? null,
    plan: flags.plan === true,
    resume: flags.resume === true,
    undo: flags.undo === true,
    show: (plan) => deps.io.err(`${provisionText(plan, { ...deps.io, ...deps.io.errStyle })}\n\n`),
    confirm: (question) => confirmName(deps, as, flags, question),
  });
  await session.reporter.settled();
  showProvision(deps, flags, report);
}
