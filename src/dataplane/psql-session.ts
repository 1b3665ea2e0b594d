import { randomBytes } from 'node:crypto';
import { DbctlError } from '../errors/dbctl-error.js';
import type { AllocsPort, AttachResult } from '../ports/nomad.js';
import type { Terminal } from '../ports/terminal.js';
import { FIND_PSQL, FIND_SERVER } from '../shared/psql-shell.js';
import { shQuote } from '../shared/quote.js';
import { DRAIN_STDIN } from './drain-stdin.js';
import { putFiles } from './put-files.js';
import type { TaskRef } from './task-ref.js';

/** Whose psql it is. Names only: they are in the argv of the exec, which Nomad logs. */
export interface PsqlServer extends TaskRef {
  readonly database: string;
  /** As in SqlTarget; empty: the server's own socket. */
  readonly host: string;
  readonly port: number | null;
  /** Role that the session works as, set after the login over the socket; `null`: the superuser itself. */
  readonly role: string | null;
}

export interface PsqlInput {
  /** psql's own arguments. They may hold anything, so they go over stdin into the task's secrets folder. */
  readonly args: readonly string[];
  readonly stdin: string;
}

export interface PsqlEnd {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * $1 folder below NOMAD_SECRETS_DIR with `args` and `stdin`, $2 database, $3 host, $4 port, $5 PGOPTIONS, $6 nonce, empty on a
 * terminal, $7 TERM. Nothing that is typed is kept: no history, and the folder is gone before psql starts, or right after it.
 */
const SESSION = `set -u
umask 077
work="\${NOMAD_SECRETS_DIR:-\${TMPDIR:-/tmp}}/$1"
database=$2
host=$3
port=$4
options=$5
nonce=$6
term=$7
trap 'rm -rf "$work"' EXIT
${FIND_PSQL}if ! command -v psql >/dev/null 2>&1; then
  echo 'dbctl: the task has no psql' >&2
  exit 127
fi
${FIND_SERVER}export LC_ALL=C.UTF-8 PSQL_HISTORY=/dev/null PSQL_PAGER= PGAPPNAME=dbctl-psql PGCONNECT_TIMEOUT=10 PGCLIENTENCODING=UTF8
export PGDATABASE="$database" PGUSER=postgres PGOPTIONS="$options" TERM="$term"
unset PGPASSWORD PGPASSFILE
if command -v less >/dev/null 2>&1; then export PSQL_PAGER='less -SXF'; fi
set --
if [ -f "$work/args" ]; then eval "set -- $(cat "$work/args")"; fi
if [ -z "$nonce" ]; then
  rm -rf "$work"
  trap - EXIT
  exec psql -w "$@"
fi
psql -w -X "$@" <"$work/stdin" 2>"$work/err"
code=$?
printf '\\n%s %s\\n' "$nonce" "$code"
cat "$work/err"
rm -rf "$work"
printf '\\n%s end\\n' "$nonce"
${DRAIN_STDIN}
`;

/** An hour: somebody waits for it, and may end it. */
const TIMEOUT_MS = 3_600_000;
/** Beside the task's other secrets, whose folder is 1 MiB by default. */
const MOST_BYTES = 512 * 1024;

/**
 * psql without a terminal: its input whole, its output whole, however much the connection loses at its end. Throws USAGE for
 * an input that is too long, EXEC_FAILED, EXEC_UNKNOWN when the connection breaks.
 */
export async function pipedPsql(
  nomad: Pick<AllocsPort, 'exec'>,
  server: PsqlServer,
  { args, stdin }: PsqlInput,
  signal: AbortSignal,
): Promise<PsqlEnd> {
  requireShort(stdin);
  const dir = sessionDir();
  const nonce = `dbctl-${randomBytes(12).toString('hex')}`;
  const files = [argsFile(args), { name: 'stdin', text: stdin }];
  await putFiles(nomad, { ...server, root: 'secrets', dir, files, signal });
  const argv = sessionArgv(server, { dir, nonce, term: 'dumb' });
  const { allocId, task } = server;
  const result = await nomad.exec({ allocId, task, argv, until: `${nonce} end`, timeoutMs: TIMEOUT_MS, signal });
  const end = endOf(result.stdout, nonce);
  if (end) return end;
  const where = `task ${task} of allocation ${allocId.slice(0, 8)}`;
  if (result.kind === 'exited' && result.code !== 0)
    throw new DbctlError('EXEC_FAILED', 'psql could not be started in the task', {
      ...{ where, value: `exit code ${result.code}: ${result.stderr.trim().slice(0, 300)}` },
    });
  throw new DbctlError('EXEC_UNKNOWN', 'the connection to psql was lost; what it was told may still be done', {
    where,
  });
}

/** psql on the operator's terminal. Returns when it has ended, or when the connection is lost. */
export async function terminalPsql(
  nomad: Pick<AllocsPort, 'exec' | 'attach'>,
  server: PsqlServer,
  { args, term }: { readonly args: readonly string[]; readonly term: string },
  terminal: Terminal,
  signal: AbortSignal,
): Promise<AttachResult> {
  const dir = sessionDir();
  if (args.length > 0) await putFiles(nomad, { ...server, root: 'secrets', dir, files: [argsFile(args)], signal });
  const argv = sessionArgv(server, { dir, nonce: '', term: /^[A-Za-z0-9._+-]+$/.test(term) ? term : 'xterm' });
  return await nomad.attach({ allocId: server.allocId, task: server.task, argv, signal }, terminal);
}

const sessionDir = (): string => `dbctl-psql-${randomBytes(8).toString('hex')}`;

const argsFile = (args: readonly string[]): { name: string; text: string } => ({
  ...{ name: 'args', text: args.map(shQuote).join(' ') },
});

function sessionArgv(
  { database, host, port, role }: PsqlServer,
  { dir, nonce, term }: { readonly dir: string; readonly nonce: string; readonly term: string },
): string[] {
  const where = [database, host, port === null ? '' : String(port)];
  return ['/bin/sh', '-c', SESSION, 'dbctl', dir, ...where, roleOption(role), nonce, term];
}

/** PostgreSQL takes such options apart at blanks; a backslash keeps the next character. */
export const roleOption = (role: string | null): string =>
  role === null ? '' : `-c role=${role.replaceAll(/[\\\s]/g, '\\$&')}`;

function requireShort(stdin: string): void {
  const bytes = Buffer.byteLength(stdin);
  if (bytes <= MOST_BYTES) return;
  throw new DbctlError('USAGE', 'that is too much SQL for one psql in a task', {
    value: `${bytes} bytes, at most ${MOST_BYTES}`,
    next: 'in parts; or put the file into the task and use \\i',
  });
}

function endOf(stdout: string, nonce: string): PsqlEnd | undefined {
  const end = stdout.lastIndexOf(`\n${nonce} end\n`);
  const head = new RegExp(`\n${nonce} (\\d+)\n`).exec(stdout);
  if (end < 0 || !head?.[1] || head.index > end) return undefined;
  return {
    code: Number(head[1]),
    stdout: stdout.slice(0, head.index),
    stderr: stdout.slice(head.index + head[0].length, end),
  };
}
