import { randomBytes } from 'node:crypto';
import { DbctlError } from '../errors/dbctl-error.js';
import type { Clock } from '../ports/clock.js';
import type { AllocsPort, ExecRequest, ExecResult } from '../ports/nomad.js';
import type { SqlPort, SqlTarget } from '../ports/sql.js';
import type { Secret } from '../shared/secret.js';
import { systemClock } from './clock.js';
import { type Fate, fateOf } from './psql-fate.js';
import { type PsqlOutput, parsePsqlOutput, psqlProblem, statementAt } from './psql-output.js';
import { PSQL_SCRIPT } from './psql-script.js';

const DEFAULT_TIMEOUT_MS = 60_000;
/** Of a script that was lost before it began. */
const TRIES = 3;
/** The server gives a statement up before we do, so that a slow statement ends in an error instead of in the unknown. */
const STATEMENT_SHARE = 0.9;
/** The task's secrets directory, where the script is held while it runs, is 1 MiB by default. */
const MAX_SCRIPT_BYTES = 512 * 1024;

/**
 * SQL through `psql` in a task. Rows are the JSON lines the script prints. A script that ends inside an open transaction
 * has lost its work: it throws SQL_FAILED with SQLSTATE 25001. When the connection is lost the task is asked what became of the
 * script: one that was never begun is sent again, one that runs is waited for. Then EXEC_LOST says that it is over and EXEC_UNKNOWN
 * that it may still run; what it did is for the caller to look at.
 */
export const framedPsql = (allocs: Pick<AllocsPort, 'exec'>, clock: Clock = systemClock()): SqlPort => ({
  async run(target, script, options = {}) {
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const text = script.endsWith('\n') ? script : `${script}\n`;
    for (let left = TRIES; ; left--) {
      const nonce = `dbctl-${randomBytes(12).toString('hex')}`;
      const result = await allocs.exec(request(target, nonce, text, timeoutMs, options.signal));
      const output = outputOf(result, nonce, target);
      // All of psql's output and its exit code are here: how the connection ended afterwards does not matter.
      if (typeof output !== 'string') return rows(output, target, text);
      const fate = await fateOf({ allocs, clock }, target, nonce, { timeoutMs, signal: options.signal }).catch(
        // Whoever is told to stop does not wait to see how it ends.
        (error: unknown): Fate | Promise<never> => (options.signal?.aborted ? 'running' : Promise.reject(error)),
      );
      if (fate !== 'never' || left === 1) throw unseen(target, output, fate);
    }
  },
});

function request(
  target: SqlTarget,
  nonce: string,
  text: string,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): ExecRequest {
  return {
    allocId: target.allocId,
    task: target.task,
    argv: psqlArgv(target, nonce, byteLength(text), timeoutMs),
    stdin: `${target.password ? pgpassLine(target.password) : ''}\n${text}`,
    until: `${nonce} end`,
    timeoutMs,
    ...(signal ? { signal } : {}),
  };
}

function psqlArgv(target: SqlTarget, nonce: string, bytes: number, timeoutMs: number): string[] {
  const statementMs = Math.max(1, Math.floor(timeoutMs * STATEMENT_SHARE));
  const { database, host = '', port, user = 'postgres' } = target;
  const values = [
    nonce,
    database,
    host,
    port === undefined ? '' : String(port),
    user,
    String(bytes),
    String(statementMs),
  ];
  return ['/bin/sh', '-c', PSQL_SCRIPT, 'dbctl', ...values];
}

function byteLength(script: string): number {
  const bytes = Buffer.byteLength(script, 'utf8');
  if (bytes <= MAX_SCRIPT_BYTES) return bytes;
  throw new DbctlError('INTERNAL', 'an SQL script is too long for the task', {
    value: `${bytes} bytes, at most ${MAX_SCRIPT_BYTES}`,
  });
}

function pgpassLine(password: Secret): string {
  const value = password.reveal();
  if (/[\n\r\0]/.test(value))
    throw new DbctlError('NAME_UNSAFE', 'a password with a line break cannot be passed to psql');
  return `*:*:*:*:${value.replace(/[\\:]/g, '\\$&')}`;
}

/** A text is why nothing is known of how the script ended. */
function outputOf(result: ExecResult, nonce: string, target: SqlTarget): PsqlOutput | string {
  const output = parsePsqlOutput(result.stdout, nonce);
  if (output) return output;
  if (result.kind === 'lost') return result.reason;
  if (result.code === 70 || result.code === 126 || result.code === 127) {
    throw new DbctlError('EXEC_FAILED', 'psql could not be prepared in the task', {
      where: whereOf(target),
      value: `exit code ${result.code}: ${result.stderr.trim().slice(0, 300)}`,
    });
  }
  return `the command ended with ${result.code} before its last line`;
}

function rows(output: PsqlOutput, target: SqlTarget, script: string): unknown[] {
  if (output.exit !== 0) throw failure(output, target, script);
  if (output.lines.at(-1) === 'dbctl: open transaction') {
    throw new DbctlError('SQL_FAILED', 'the script ended inside an open transaction, which was rolled back', {
      where: whereOf(target),
      value: 'SQLSTATE 25001',
    });
  }
  return output.lines.map((line, at) => parseRow(line, at, target));
}

function parseRow(line: string, at: number, target: SqlTarget): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // The line itself may hold anything, secrets too: only its place is told.
    throw new DbctlError('SQL_FAILED', `line ${at + 1} of the output is not JSON`, {
      where: whereOf(target),
      value: `${line.length} characters`,
    });
  }
}

function failure(output: PsqlOutput, target: SqlTarget, script: string): DbctlError {
  const problem = psqlProblem(output.stderr);
  const where = whereOf(target);
  if (output.exit === 127) return new DbctlError('EXEC_FAILED', 'the task has no psql', { where });
  if (output.exit === 72 || output.exit === 73) {
    return new DbctlError('EXEC_FAILED', 'the script did not arrive whole; nothing was run', {
      where,
      value: problem.message,
    });
  }
  if (/^psql: error: /m.test(output.stderr) && problem.sqlstate === undefined)
    return notConnected(problem.message, where);
  if (output.exit === 2) return unseen(target, `PostgreSQL broke off: ${problem.message}`, 'ended');
  return new DbctlError('SQL_FAILED', problem.message, {
    where,
    value: `SQLSTATE ${problem.sqlstate ?? 'unknown'}`,
    details: problem.line === undefined ? [] : [`in: ${statementAt(script, problem.line)}`],
  });
}

const notConnected = (message: string, where: string): DbctlError =>
  /database ".*" does not exist/.test(message)
    ? new DbctlError('DATABASE_NOT_FOUND', 'the database does not exist on the server', { where, value: message })
    : new DbctlError('DATABASE_UNAVAILABLE', 'PostgreSQL does not answer', { where, value: message });

function unseen(target: SqlTarget, reason: string, fate: Fate): DbctlError {
  const options = { where: whereOf(target), value: reason, next: 'run again with --resume: it looks before it acts' };
  return fate === 'running'
    ? new DbctlError('EXEC_UNKNOWN', 'the connection to psql was lost; the script may still run', options)
    : new DbctlError(
        'EXEC_LOST',
        'the connection to psql was lost; the script is over, how it ended was not seen',
        options,
      );
}

const whereOf = (target: SqlTarget): string =>
  `database ${target.database}, task ${target.task} of allocation ${target.allocId.slice(0, 8)}`;
