import { type Command, Option } from 'commander';
import type { DoctorCheck, DoctorGroup } from '../../report/doctor-report.js';
import {
  doctorGroupText,
  doctorHeadText,
  doctorListText,
  doctorRepairsText,
  doctorSummaryText,
} from '../../ui/doctor-text.js';
import { confirmService } from '../../ui/prompt.js';
import { doctor, doctorChecks, doctorList } from '../../usecases/doctor/doctor.js';
import { configOption, jsonOption, yesOption } from '../options.js';
import type { CliDeps, GlobalFlags } from '../session.js';

interface DoctorFlags extends GlobalFlags {
  readonly fix?: boolean;
  readonly yes?: boolean;
  readonly list?: boolean;
  readonly only?: string;
  readonly skip?: string;
  readonly strict?: boolean;
  readonly verbose?: boolean;
}

export function addDoctorCommand(program: Command, deps: CliDeps): void {
  program
    .command('doctor [names...]')
    .summary('look for everything that is wrong, name it and tell the fix; names are services and groups')
    .option('--fix', 'mend what can be mended without any loss, after showing it')
    .addOption(yesOption())
    .option('--list', 'only list the checks; asks no server')
    .addOption(new Option('--only <ids>', 'only these checks, and those that they need; comma-separated'))
    .addOption(new Option('--skip <ids>', 'without these checks; comma-separated'))
    .option('--strict', 'exit with 2 when there are warnings, or something could not be looked at')
    .option('-v, --verbose', 'show the checks that are well, too')
    .addOption(jsonOption())
    .addOption(configOption())
    .addHelpText(
      'after',
      '\nExamples:\n  $ dbctl doctor\n  $ dbctl doctor speedtest backups --strict\n  $ dbctl doctor --fix',
    )
    .action((names: string[], flags: DoctorFlags) => (flags.list ? list(deps, flags) : run(deps, names, flags)));
}

function list(deps: CliDeps, flags: DoctorFlags): void {
  const report = doctorList();
  deps.io.out(flags.json ? `${JSON.stringify(report, null, 2)}\n` : `${doctorListText(report, deps.io)}\n`);
}

async function run(deps: CliDeps, names: readonly string[], flags: DoctorFlags): Promise<void> {
  const session = await deps.examine(flags);
  const input = { names, only: idsIn(flags.only), skip: idsIn(flags.skip) };
  if (!flags.json) deps.io.out(`${doctorHeadText(session.inventory.path, session.servers, deps.io)}\n\n`);
  const show = flags.json
    ? () => undefined
    : groupsOf(doctorChecks(session, input), (group, checks) =>
        deps.io.out(`${doctorGroupText(group, checks, flags.verbose === true, deps.io)}\n`),
      );
  const report = await doctor(session, {
    ...input,
    strict: flags.strict === true,
    done: show,
    confirm: flags.fix ? (repairs) => confirmRepairs(deps, flags, repairs) : null,
  });
  if (flags.json) deps.io.out(`${JSON.stringify(report, null, 2)}\n`);
  else {
    if (report.repairs.length > 0) deps.io.out(`\n${doctorRepairsText(report.repairs, deps.io)}\n`);
    deps.io.out(`\n${doctorSummaryText(report, deps.io)}\n`);
  }
  if (report.exitCode !== 0) deps.setExitCode(report.exitCode);
}

const idsIn = (text: string | undefined): string[] =>
  (text ?? '')
    .split(',')
    .map((id) => id.trim())
    .filter(Boolean);

/** A group is told as soon as its last check is done; the second time for a look after repairs. */
function groupsOf(
  all: readonly { readonly id: string; readonly group: DoctorGroup }[],
  tell: (group: DoctorGroup, checks: readonly DoctorCheck[]) => void,
): (check: DoctorCheck) => void {
  const done = new Map<DoctorGroup, DoctorCheck[]>();
  return (check) => {
    const sofar = [...(done.get(check.group) ?? []), check];
    const wanted = all.filter(({ group }) => group === check.group);
    if (sofar.length < wanted.length) return void done.set(check.group, sofar);
    done.delete(check.group);
    tell(
      check.group,
      wanted.flatMap(({ id }) => sofar.find((one) => one.id === id) ?? []),
    );
  };
}

async function confirmRepairs(deps: CliDeps, flags: DoctorFlags, repairs: readonly string[]): Promise<void> {
  deps.io.err(`\nTo be mended:\n${repairs.map((text) => `  - ${text}`).join('\n')}\n\n`);
  if (flags.yes) return;
  const question = `Mend ${repairs.length === 1 ? 'this' : `these ${repairs.length}`}?`;
  await confirmService({ service: 'fix', flags: '--yes', question, interactive: deps.io.interactive });
}
