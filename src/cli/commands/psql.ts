import type { Command } from 'commander';
import { DbctlError } from '../../errors/dbctl-error.js';
import type { Terminal } from '../../ports/terminal.js';
import type { PsqlReport } from '../../report/psql-report.js';
import { safe } from '../../ui/text.js';
import type { UseCaseDeps } from '../../usecases/deps.js';
import { type PsqlPlace, psqlOnTerminal, psqlPiped, psqlPlace } from '../../usecases/psql.js';
import { configOption, jsonOption } from '../options.js';
import type { CliDeps, GlobalFlags } from '../session.js';

interface PsqlFlags extends GlobalFlags {
  readonly admin?: boolean;
  readonly database?: string;
  readonly command?: string;
}

export function addPsqlCommand(program: Command, deps: CliDeps): void {
  program
    .command('psql <service> [args...]')
    .summary(
      "psql in the service's own task, over its socket: no password, no open port; arguments after -- are psql's",
    )
    .option('--command <sql>', 'run this and end; the same as -- -c <sql>')
    .option('--database <name>', "another of the service's databases; with --admin also postgres")
    .option('--admin', "as the superuser postgres; else as the service's role")
    .addOption(jsonOption())
    .addOption(configOption())
    .addHelpText(
      'after',
      "\nExamples:\n  $ dbctl psql speedtest\n  $ dbctl psql speedtest --command 'select count(*) from results'\n  $ dbctl psql speedtest -- -At <query.sql",
    )
    .action((service: string, args: string[], flags: PsqlFlags) => run(deps, service, args, flags));
}

async function run(deps: CliDeps, service: string, given: readonly string[], flags: PsqlFlags): Promise<void> {
  const terminal = requireTerminal(deps);
  const args = flags.command === undefined ? given : [...given, '-c', flags.command];
  const { database } = flags;
  const session = await deps.open(flags);
  const input = { service, admin: flags.admin === true, ...(database === undefined ? {} : { database }) };
  const place = await psqlPlace(session, input);
  const onScreen = terminal.input && terminal.screen && !flags.json;
  const code = onScreen
    ? await interactive(deps, session, place, args, terminal)
    : await piped(deps, session, place, args, { terminal, service, json: flags.json === true });
  if (code !== 0) deps.setExitCode(code);
}

function requireTerminal({ terminal }: CliDeps): Terminal {
  if (terminal) return terminal;
  throw new DbctlError('USAGE', 'there is neither a terminal nor a pipe to read from');
}

async function interactive(
  { io }: CliDeps,
  session: UseCaseDeps,
  place: PsqlPlace,
  args: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const as = place.role === null ? 'the superuser postgres' : `role ${place.role}`;
  io.err(`dbctl: database ${safe(place.database)} in job ${safe(place.job)}, as ${safe(as)}\n`);
  const end = await psqlOnTerminal(session, place, { args, term: terminal.kind }, terminal);
  if (end.kind === 'exited') return end.code;
  throw new DbctlError('EXEC_UNKNOWN', 'the connection to psql was lost', {
    where: `job ${place.job}`,
    value: end.reason,
    next: 'a statement that was under way may still be done: look before it is run again',
  });
}

interface Piped {
  readonly terminal: Terminal;
  readonly service: string;
  readonly json: boolean;
}

async function piped(
  { io }: CliDeps,
  session: UseCaseDeps,
  place: PsqlPlace,
  args: readonly string[],
  { terminal, service, json }: Piped,
): Promise<number> {
  const stdin = asksNothing(args) ? '' : await wholeInput(terminal);
  const { code, stdout, stderr } = await psqlPiped(session, place, { args, stdin });
  if (json) {
    const { job, database, role } = place;
    const report: PsqlReport = { schema: 'dbctl.psql/1', service, job, database, role, exitCode: code, stdout, stderr };
    io.out(`${JSON.stringify(report, null, 2)}\n`);
  } else {
    await terminal.write('stdout', Buffer.from(stdout));
    await terminal.write('stderr', Buffer.from(stderr));
  }
  return code;
}

/** With a command among its arguments psql reads no input, and nobody should wait for one. */
const asksNothing = (args: readonly string[]): boolean => args.some((arg) => /^(-c|--command|-l|--list)/.test(arg));

function wholeInput(terminal: Terminal): Promise<string> {
  const parts: Buffer[] = [];
  return new Promise((resolve) => {
    const stop = terminal.read(
      (bytes) => {
        if (bytes !== null) return void parts.push(bytes);
        stop();
        resolve(Buffer.concat(parts).toString('utf8'));
      },
      { raw: false },
    );
  });
}
