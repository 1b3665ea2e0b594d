import { randomBytes, randomInt } from 'node:crypto';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { CommanderError } from 'commander';
import { labCommands } from '../lab/commands.js';
import { type LabHandle, runningLabs } from '../lab/index.js';
import { systemClock } from './adapters/clock.js';
import { consulAdapter } from './adapters/consul.js';
import { localFiles } from './adapters/files.js';
import { framedPsql } from './adapters/framed-psql.js';
import { requireAccess } from './adapters/nomad/access.js';
import { consulOfNomad } from './adapters/nomad/consul-address.js';
import { nomadAdapter } from './adapters/nomad/index.js';
import { streamTerminal } from './adapters/terminal.js';
import { vaultAdapter } from './adapters/vault.js';
import { buildProgram } from './cli/program.js';
import type { CliDeps, CliIo, GlobalFlags } from './cli/session.js';
import { type Connection, connectionFromEnv, consulAt } from './connection.js';
import { DbctlError, isDbctlError } from './errors/dbctl-error.js';
import { EXIT } from './errors/exit-codes.js';
import { inventoryCandidates } from './inventory/candidates.js';
import { parseInventory } from './inventory/parse.js';
import { appNames, loadHcl } from './render/index.js';
import type { ErrorDocument } from './report/error-document.js';
import { redact, redacted } from './shared/redact.js';
import { Secret } from './shared/secret.js';
import { errorText } from './ui/error-text.js';
import { reporterFor } from './ui/reporter-for.js';
import { styleFrom } from './ui/style.js';
import type { TasksReporter } from './ui/tasks.js';
import { shown } from './ui/text.js';
import type { UseCaseDeps } from './usecases/deps.js';
import type { DoctorDeps } from './usecases/doctor/deps.js';
import type { InitDeps } from './usecases/init.js';
import { reported } from './usecases/move-report.js';

const VERSION = '0.1.0';
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const env = process.env;
const files = localFiles();
const clock = systemClock();

/** The one place that text for people and programs passes: no secret in it, nothing that a terminal would obey unseen. */
const leaving = (text: string): string => shown(redact(text));

const io: CliIo = {
  out: (text) => void process.stdout.write(leaving(text)),
  err: (text) => void process.stderr.write(leaving(text)),
  interactive: Boolean(process.stdin.isTTY && process.stderr.isTTY),
  ...styleFrom({ env, colorFlag: undefined, isTTY: Boolean(process.stdout.isTTY), columns: process.stdout.columns }),
  errStyle: styleFrom({
    env,
    colorFlag: undefined,
    isTTY: Boolean(process.stderr.isTTY),
    columns: process.stderr.columns,
  }),
};

const newSecret = (length: number): Secret =>
  new Secret(Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join(''));

function isAlive(pid: number): boolean {
  try {
    return Number.isInteger(pid) && pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

interface Found {
  readonly path: string;
  readonly text: string;
  readonly connection: Connection;
}

/**
 * `--config`, DBCTL_CONFIG, dbctl.yaml upward from here, else the only running lab. The inventory of a lab always goes
 * with that lab's own addresses, so that it can never be applied to another cluster.
 */
async function findInventory(flags: GlobalFlags): Promise<Found> {
  const labs = await runningLabs();
  const named = flags.config ?? env['DBCTL_CONFIG'];
  const candidates = named
    ? [resolve(named)]
    : [...inventoryCandidates(process.cwd()), ...only(labs.map((lab) => join(lab.home, 'dbctl.yaml')))];
  for (const path of candidates) {
    const text = await files.read(path);
    if (text === undefined) continue;
    const lab = labs.find((lab) => path === join(lab.home, 'dbctl.yaml'));
    if (!lab) return { path, text, connection: await connectionFromEnv(env, files) };
    if (!named) io.err(`dbctl: no dbctl.yaml here; using the lab "${lab.name}" (${path})\n`);
    return { path, text, connection: labConnection(lab) };
  }
  throw new DbctlError('INVENTORY_NOT_FOUND', 'no dbctl.yaml was found', {
    where: named ?? process.cwd(),
    details: labs.length > 1 && !named ? [`running labs: ${labs.map((lab) => lab.name).join(', ')}`] : [],
    next: named ? 'correct --config or DBCTL_CONFIG' : 'write a dbctl.yaml, or try things out: dbctl lab up',
  });
}

const labConnection = ({ name, nomadAddr, vaultAddr, vaultToken, consulAddr }: LabHandle): Connection => ({
  from: { nomad: `lab ${name}`, nomadToken: null, vault: `lab ${name}`, vaultToken: `lab ${name}` },
  nomad: { address: nomadAddr },
  vault: { address: vaultAddr, token: vaultToken },
  ...(consulAddr === undefined ? {} : { consul: { address: consulAddr } }),
});

const only = <T>(list: readonly T[]): T[] => list.filter((_, __, all) => all.length === 1);

async function inventoryOf(flags: GlobalFlags): ReturnType<CliDeps['inventory']> {
  const { text, path, connection } = await findInventory(flags);
  return { inventory: parseInventory(text, path, appNames()), namespace: connection.nomad.namespace ?? 'default' };
}

/** No lab's inventory stands in here: it would name another cluster's server. */
async function local(flags: GlobalFlags): ReturnType<CliDeps['local']> {
  const named = flags.config ?? env['DBCTL_CONFIG'];
  for (const path of named ? [resolve(named)] : inventoryCandidates(process.cwd())) {
    const text = await files.read(path);
    if (text !== undefined) return { files, hcl: loadHcl, inventory: { text, path } };
  }
  if (!named) return { files, hcl: loadHcl, inventory: undefined };
  throw new DbctlError('INVENTORY_NOT_FOUND', 'no dbctl.yaml was found', {
    where: named,
    next: 'correct --config or DBCTL_CONFIG',
  });
}

async function open(flags: GlobalFlags, signal: AbortSignal): Promise<UseCaseDeps> {
  const found = await findInventory(flags);
  const inventory = parseInventory(found.text, found.path, appNames());
  await requireAccess(found.connection.nomad);
  return { ...(await session(found.connection, dirname(found.path), signal)), inventory };
}

/** Nothing is asked beforehand, and a Nomad that does not answer is no error here: it is what doctor is to tell. */
async function examine(flags: GlobalFlags, signal: AbortSignal): Promise<DoctorDeps> {
  const { text, path, connection } = await findInventory(flags);
  const inventory = parseInventory(text, path, appNames());
  const consul = connection.consul ?? (await consulOf(connection.nomad).catch(whenUnavailable));
  const deps = await session(connection, dirname(path), signal, consul ?? null);
  const { nomad, vault, from } = connection;
  const servers = [
    { name: 'nomad', address: nomad.address, from: from.nomad, token: from.nomadToken },
    { name: 'vault', address: vault.address, from: from.vault, token: from.vaultToken },
  ] as const;
  return { ...deps, inventory, servers, address: nomad.address, access: () => requireAccess(nomad) };
}

const whenUnavailable = (error: unknown): undefined => {
  if (isDbctlError(error, 'NOMAD_UNAVAILABLE') || isDbctlError(error, 'NOMAD_REJECTED')) return undefined;
  throw error;
};

/** Addresses named in the environment win; else the only running lab is meant, which is said. */
async function connect(signal: AbortSignal): Promise<{ session: InitDeps; from: string }> {
  const [lab] = env['NOMAD_ADDR'] ? [] : only(await runningLabs());
  if (lab) io.err(`dbctl: NOMAD_ADDR is not set; looking at the lab "${lab.name}"\n`);
  const connection = lab ? labConnection(lab) : await connectionFromEnv(env, files);
  await requireAccess(connection.nomad);
  return { session: await session(connection, process.cwd(), signal), from: connection.nomad.address };
}

/** `known`: where Consul is, or `null` for nowhere; left out, Nomad is asked. */
async function session(
  connection: Connection,
  home: string,
  signal: AbortSignal,
  known?: Connection['consul'] | null,
): Promise<InitDeps> {
  const { nomad: toNomad, vault: toVault } = connection;
  const toConsul = known === undefined ? (connection.consul ?? (await consulOf(toNomad))) : (known ?? undefined);
  if (toNomad.tls?.skipVerify || toVault.tls?.skipVerify || toConsul?.tls?.skipVerify)
    io.err('dbctl: WARNING: certificates are not checked (SKIP_VERIFY is set)\n');
  const nomad = nomadAdapter(toNomad);
  return {
    home,
    nomad,
    consul: toConsul === undefined ? null : consulAdapter(toConsul),
    vault: vaultAdapter(toVault),
    sql: framedPsql(nomad),
    files,
    clock,
    newSecret,
    randomBytes,
    signal,
    reporter: redacting(
      reporterFor({ ...io.errStyle, err: io.err, interactive: Boolean(process.stderr.isTTY), silent: false }),
    ),
    hcl: loadHcl,
    store: {
      stateDir: join(env['DBCTL_STATE'] ?? env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), 'dbctl'),
      process: { pid: process.pid, isAlive },
    },
  };
}

/** A terminal's spinner draws past `io`. */
const redacting = (reporter: TasksReporter): TasksReporter => ({
  ...reporter,
  emit: (event) => reporter.emit(redacted(event)),
});

/** Where Nomad's agent finds Consul, if it tells: only asked when a job turns out to use it. */
async function consulOf(toNomad: Connection['nomad']): Promise<Connection['consul']> {
  const address = await consulOfNomad(toNomad);
  return address === undefined ? undefined : consulAt(address, env, files);
}

/** The first Ctrl-C asks the run to stop at the next safe point; a second one ends the process. */
function interruptible(): AbortSignal {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    io.err('\ndbctl: stopping at the next safe point; a run keeps its journal\n');
    controller.abort(
      new DbctlError('INTERRUPTED', 'interrupted by the operator', { next: 'the same command with --resume' }),
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return controller.signal;
}

/** Whatever goes wrong first, these must not be in what is said about it. */
const GIVEN = ['NOMAD_TOKEN', 'VAULT_TOKEN', 'CONSUL_HTTP_TOKEN'] as const;

async function main(): Promise<void> {
  for (const name of GIVEN) new Secret(env[name] ?? '').reveal();
  const signal = interruptible();
  // Whoever reads has seen enough (`dbctl logs x | head`): that is no error of anybody.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    throw error;
  });
  // Node would print such an error whole, an HTTP client's with the headers of its request.
  process.on('uncaughtException', (error) => {
    process.exitCode = showError(error);
    process.exit();
  });
  const deps: CliDeps = {
    io,
    version: VERSION,
    open: (flags) => open(flags, signal),
    examine: (flags) => examine(flags, signal),
    inventory: inventoryOf,
    connect: () => connect(signal),
    local,
    lab: labCommands((line) => io.err(`${line}\n`), signal),
    terminal: streamTerminal(process, env['TERM'] ?? ''),
    setExitCode: (code) => {
      process.exitCode = code;
    },
  };
  try {
    await buildProgram(deps).parseAsync(process.argv);
  } catch (error) {
    process.exitCode = showError(error);
  }
}

function showError(error: unknown): number {
  if (error instanceof CommanderError) return showUsage(error);
  const known = error instanceof DbctlError ? error : unexpected(error);
  if (process.argv.includes('--json'))
    io.out(`${JSON.stringify({ schema: 'dbctl.error/1', error: reported(known) } satisfies ErrorDocument, null, 2)}\n`);
  io.err(`${errorText(known, io.errStyle)}\n`);
  return known.exitCode;
}

/** commander has said it on stderr already, help included. */
function showUsage(error: CommanderError): number {
  if (error.exitCode === 0) return EXIT.ok;
  const usage = new DbctlError('USAGE', error.message.replace(/^error: /, ''), { next: 'dbctl --help' });
  if (process.argv.includes('--json'))
    io.out(`${JSON.stringify({ schema: 'dbctl.error/1', error: usage }, null, 2)}\n`);
  return EXIT.usage;
}

const unexpected = (cause: unknown): DbctlError =>
  new DbctlError('INTERNAL', cause instanceof Error ? cause.message : String(cause), {
    cause,
    details:
      cause instanceof Error && cause.stack
        ? cause.stack
            .split('\n')
            .slice(1, 5)
            .map((line) => line.trim())
        : [],
  });

await main();
