import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ProvisionRequest } from '../../plan/provision/types.js';
import type { ProvisionReport } from '../../report/provision-report.js';
import { provisionText } from '../../ui/provision-text.js';
import { fromImage } from '../../usecases/from-image.js';
import { planProvision, provision } from '../../usecases/provision.js';
import { type ConfirmFlags, confirmName } from '../confirm.js';
import { configOption, confirmOption, jsonOption, yesOption } from '../options.js';
import type { CliDeps, GlobalFlags } from '../session.js';

interface ProvisionFlags extends GlobalFlags, ConfirmFlags {
  readonly app?: string;
  readonly image?: string;
  readonly jobspec?: string;
  readonly database: readonly string[];
  readonly role?: string;
  readonly priority?: string;
  readonly extension: readonly string[];
  readonly on?: 'shared';
  readonly restartShared?: boolean;
  readonly fromImage?: string;
  readonly plan?: boolean;
  readonly resume?: boolean;
  readonly undo?: boolean;
}

const EXAMPLES = `
Examples:
  $ dbctl provision newservice --app miniflux --image miniflux/miniflux:2.2.6
  $ dbctl provision newservice --app miniflux --extension vector --plan
  $ dbctl provision newservice --from-image golden
  $ dbctl provision newservice --app miniflux --on shared`;

export function addProvisionCommand(program: Command, deps: CliDeps): void {
  program
    .command('provision <service>')
    .summary('give a service a PostgreSQL of its own from nothing')
    .option('--app <preset>', 'which app it is: how it is told its database')
    .option('--image <image>', "the app's image: write a jobspec with app and database")
    .option('--jobspec <file>', "the app's jobspec, relative to dbctl.yaml: put the database into it")
    .option('--database <name>', 'name of the database; repeatable (default: the name of the service)', collect, [])
    .option('--role <name>', "the app's login role (default: the name of the service)")
    .addOption(new Option('--priority <priority>', 'of a new service').choices(['high', 'medium', 'low']))
    .option('--extension <name>', 'make this extension; repeatable', extension, [])
    .addOption(
      new Option('--on <place>', 'a further database on the shared instance (discouraged)').choices(['shared']),
    )
    .option('--restart-shared', 'with --on shared: restart the shared instance for everybody now')
    .option('--from-image <name>', 'fill the new database with that backup, see dbctl image')
    .option('--plan', 'show what would be done; change nothing')
    .option('--resume', 'go on with the run that was interrupted')
    .option('--undo', 'take back what an interrupted run made')
    .addOption(yesOption())
    .addOption(confirmOption())
    .addOption(jsonOption())
    .addOption(configOption())
    .addHelpText('after', EXAMPLES)
    .action(async (service: string, flags: ProvisionFlags) => run(deps, service, flags));
}

const collect = (value: string, all: readonly string[]): string[] => [...all, value];

function extension(value: string, all: readonly string[]): string[] {
  if (!/^[a-z][a-z0-9_-]*$/.test(value))
    throw new InvalidArgumentError('expected the name of an extension like vector');
  return [...all, value];
}

async function run(deps: CliDeps, service: string, flags: ProvisionFlags): Promise<void> {
  const session = await deps.open(flags);
  const asked = requestOf(service, flags);
  const { request, fill } =
    flags.fromImage === undefined || flags.resume || flags.undo
      ? { request: asked, fill: null }
      : await fromImage(session, asked, flags.fromImage);
  if (flags.plan) return showProvision(deps, flags, await planProvision(session, request, fill));
  const report = await provision(session, {
    ...{ request, fill },
    resume: flags.resume === true,
    undo: flags.undo === true,
    show: (plan) => deps.io.err(`${provisionText(plan, { ...deps.io, ...deps.io.errStyle })}\n\n`),
    confirm: (question) => confirmName(deps, service, flags, question),
  });
  await session.reporter.settled();
  showProvision(deps, flags, report);
}

const requestOf = (service: string, flags: ProvisionFlags): ProvisionRequest => ({
  service,
  app: flags.app ?? null,
  image: flags.image ?? null,
  jobspec: flags.jobspec ?? null,
  databases: [...new Set(flags.database)],
  role: flags.role ?? null,
  priority: flags.priority ?? null,
  extensions: [...new Set(flags.extension)],
  shared: flags.on === 'shared',
  restartShared: flags.restartShared === true,
});

export function showProvision(deps: CliDeps, flags: GlobalFlags, report: ProvisionReport): void {
  deps.io.out(flags.json ? `${JSON.stringify(report, null, 2)}\n` : `${provisionText(report, deps.io)}\n`);
  if (report.error) deps.setExitCode(report.error.exitCode);
  else if (report.status === 'blocked') deps.setExitCode(3);
}
