import { startRun } from '../dataplane/detached-run.js';
import { DRAIN_STDIN } from '../dataplane/drain-stdin.js';
import { readResult } from '../dataplane/read-result.js';
import type { RunStatus } from '../dataplane/run-status.js';
import type { RunRef } from '../dataplane/task-ref.js';
import { lastLogLines, waitRun } from '../dataplane/wait-run.js';
import { restoreProblem } from '../engines/postgres/restore-problem.js';
import { scriptsFor, toolboxScripts } from '../engines/postgres/scripts.js';
import type { ErrorCode } from '../errors/codes.js';
import { DbctlError } from '../errors/dbctl-error.js';
import { shQuote } from '../shared/quote.js';
import type { MoveContext } from './context.js';
import { undoneTimes } from './journal.js';
import type { Toolbox } from './live.js';

/** A value for run.env: literal text, or a path below one of the task's own folders. */
export type EnvValue = string | { readonly below: 'NOMAD_ALLOC_DIR' | 'NOMAD_SECRETS_DIR'; readonly path: string };

export type ServerEnv = Readonly<Record<'PGHOST' | 'PGPORT' | 'PGUSER' | 'PGDATABASE' | 'PGPASSFILE', EnvValue>>;

/** The dedicated server over its socket, as the operating-system user postgres. */
export const socketServer = (port: number, database: string): ServerEnv => ({
  PGHOST: { below: 'NOMAD_ALLOC_DIR', path: 'pg' },
  PGPORT: String(port),
  PGUSER: 'postgres',
  PGDATABASE: database,
  PGPASSFILE: '/dev/null',
});

/** Below NOMAD_SECRETS_DIR. */
export const PASSFILE = 'dbctl/pgpass';

/** The shared server over TCP, as this run's own role. */
export const tcpServer = (source: { address: string; port: number }, user: string, database: string): ServerEnv => ({
  PGHOST: source.address,
  PGPORT: String(source.port),
  PGUSER: user,
  PGDATABASE: database,
  PGPASSFILE: { below: 'NOMAD_SECRETS_DIR', path: PASSFILE },
});

/** What a run in the toolbox takes, whatever the pipeline is about. */
export type ToolboxContext = Pick<MoveContext, 'nomad' | 'clock' | 'signal' | 'run' | 'journal' | 'progress'>;

export interface ToolboxRunOptions {
  readonly step: string;
  readonly script:
    | 'dump.sh'
    | 'restore.sh'
    | 'evidence.sh'
    | 'schema-back.sh'
    | 'check-dump.sh'
    | 'roles.sh'
    | 'backup.sh'
    | 'fetch.sh'
    | 'seek.sh';
  readonly env: Readonly<Record<string, EnvValue>>;
  /** Bytes expected, for the progress line. */
  readonly total: number;
  /** A look under a name of its own, which nobody tries again: the journal need not know how it ended. */
  readonly once?: true;
}

export interface ToolboxResult {
  /** Result file of that name, its SHA-256 checked against the run's status. */
  read(name: string): Promise<string>;
  sha256(name: string): string;
}

/**
 * Runs a data script in the toolbox, detached: it goes on when dbctl dies, and calling again with the same run and step
 * attaches to it. Throws TOOLBOX_FAILED with the last lines of its log, DATABASE_NOT_EMPTY, ARTIFACT_CORRUPT.
 */
export async function toolboxRun(
  ctx: ToolboxContext,
  toolbox: Toolbox,
  options: ToolboxRunOptions,
): Promise<ToolboxResult> {
  const ref = { ...toolbox, run: ctx.run, step: attemptName(ctx, options.step) };
  await startRun(ctx, ref, stepFiles(options.script, { RUN: ctx.run, ...options.env }), ctx.signal);
  const onProgress = (text: string): void => showProgress(ctx, text, options.total);
  const status = await waitRun(ctx, ref, { onProgress, signal: ctx.signal });
  if (status.exit !== 0) {
    const key = attemptKey(options.step);
    if (!options.once) await ctx.journal.record(key, (ctx.journal.fact<number>(key) ?? 1) + 1);
    throw failed(options, status.exit, await lastLogLines(ctx, ref));
  }
  return resultOf(ctx, ref, status);
}

/** What a finished run of that step left behind; throws ARTIFACT_CORRUPT when it is gone. */
export async function finishedRun(ctx: ToolboxContext, toolbox: Toolbox, step: string): Promise<ToolboxResult> {
  const ref = { ...toolbox, run: ctx.run, step: attemptName(ctx, step) };
  return resultOf(ctx, ref, await waitRun(ctx, ref, { signal: ctx.signal }));
}

/** A failed run keeps its folder; the next attempt gets one of its own. */
const attemptKey = (step: string): string => `attempt.${step}`;

/** What was undone must never pass for finished: the same step of the same run begins anew then. */
const attemptOf = (ctx: ToolboxContext, step: string): number =>
  (ctx.journal.fact<number>(attemptKey(step)) ?? 1) + timesUndone(ctx, step);

const timesUndone = ({ journal: { current } }: ToolboxContext, step: string): number =>
  current ? undoneTimes(current, step.split('/')[0] ?? step) : 0;

export const isRetry = (ctx: ToolboxContext, step: string): boolean => attemptOf(ctx, step) > 1;

/** What sets another attempt's folders apart; nothing for the first. */
export const attemptSuffix = (ctx: ToolboxContext, step: string): string =>
  isRetry(ctx, step) ? `.try${attemptOf(ctx, step)}` : '';

const attemptName = (ctx: ToolboxContext, step: string): string => `${step}${attemptSuffix(ctx, step)}`;

/** What a step directory holds: every script, the one that is run as job.sh, and its settings. */
export const stepFiles = (
  script: string,
  env: Readonly<Record<string, EnvValue>>,
): { name: string; text: string }[] => {
  const job = toolboxScripts().find((file) => file.name === script);
  if (!job) throw new DbctlError('INTERNAL', 'dbctl brought no such program', { value: script });
  return [...scriptsFor(script), { name: 'job.sh', text: job.text }, { name: 'run.env', text: envText(env) }];
};

function resultOf(ctx: ToolboxContext, ref: RunRef, status: RunStatus): ToolboxResult {
  return {
    read: (name) => readResult(ctx, ref, status, name),
    sha256: (name) => {
      const sum = status.results.get(name);
      if (sum) return sum;
      throw new DbctlError('ARTIFACT_CORRUPT', `the run left no ${name}`, { where: `step ${ref.step}` });
    },
  };
}

/** pg_restore stopped at an object that the server refused. */
const REFUSED = 24;

/** age has no key that opens the copy. */
const WRONG_KEY = 30;

const EXIT_CODES: Readonly<Record<number, ErrorCode>> = {
  20: 'DATABASE_NOT_EMPTY',
  21: 'ARTIFACT_CORRUPT',
  25: 'CLIENT_TOO_OLD',
  26: 'NO_WAY_BACK',
  27: 'BACKUP_RUNNING',
  29: 'BACKUP_NOT_FOUND',
};

function failed(options: ToolboxRunOptions, exit: number, details: string[]): DbctlError {
  const where = `step ${options.step}`;
  if (exit === WRONG_KEY)
    return new DbctlError('AGE_KEY_WRONG', 'no age key that was given opens the copy', {
      where,
      details,
      next: '--identity <file with the key of a recipient in backup.encrypt>',
    });
  const problem = exit === REFUSED ? restoreProblem(details) : undefined;
  if (problem === undefined)
    return new DbctlError(EXIT_CODES[exit] ?? 'TOOLBOX_FAILED', `${options.script} ended with ${exit}`, {
      where,
      details,
    });
  const { object, error, table, detail, next } = problem;
  return new DbctlError('RESTORE_FAILED', `${object} cannot be restored: ${error}`, {
    where: table === undefined ? where : `table ${table}`,
    ...(detail === undefined ? {} : { value: detail }),
    details,
    next,
  });
}

export const envText = (env: Readonly<Record<string, EnvValue>>): string =>
  Object.entries(env)
    .map(
      ([key, value]) =>
        `${key}=${typeof value === 'string' ? shQuote(value) : `"$${value.below}"${shQuote(`/${value.path}`)}`}\n`,
    )
    .join('');

export function showProgress(ctx: Pick<MoveContext, 'progress'>, text: string, total: number): void {
  try {
    const seen = JSON.parse(text) as { bytes?: number; items?: number; total?: number };
    if (seen.bytes !== undefined) ctx.progress('bytes', seen.bytes, total);
    else if (seen.items !== undefined) ctx.progress(`${seen.items} of ${seen.total ?? '?'} objects`);
  } catch {
    // A half-read progress file is only a missed line on the screen.
  }
}

/** Removes one of this run's own folders on the backup volume, and those around it when they are empty then. */
export async function removeFolder(
  ctx: Pick<MoveContext, 'nomad' | 'signal'>,
  toolbox: Toolbox,
  folder: string,
): Promise<void> {
  await inToolbox(
    ctx,
    toolbox,
    'rm -rf -- "$1" "$1.part"; up="${1%/*}"; rmdir -- "$up" "${up%/*}" 2>/dev/null || :',
    folder,
  );
}

/** Of a connection that breaks. */
const TRIES = 3;

/**
 * A short fixed script in the toolbox; `args` are names, never secrets. It must be repeatable, also beside itself: after a lost
 * connection it is run again. Throws EXEC_FAILED, EXEC_UNKNOWN.
 */
export async function inToolbox(
  ctx: Pick<MoveContext, 'nomad' | 'signal'>,
  toolbox: Toolbox,
  script: string,
  ...args: string[]
): Promise<string> {
  // A failed one has to be heard as well: Nomad waits for the end of stdin, whether the command still lives or not.
  const text = `( set -eu; umask 077; ${script}; echo dbctl-done ); rc=$?; echo dbctl-end; ${DRAIN_STDIN}; exit $rc`;
  const argv = ['/bin/sh', '-c', text, 'dbctl', ...args];
  for (let left = TRIES; ; left--) {
    ctx.signal.throwIfAborted();
    const options = { ...toolbox, argv, until: 'dbctl-end', timeoutMs: 60_000, signal: ctx.signal };
    const result = await ctx.nomad.exec(options);
    if (/^dbctl-done$/m.test(result.stdout)) return result.stdout;
    if (result.kind === 'exited' && result.code !== 0) throw toolboxFailed(toolbox, result.code, result.stderr);
    const reason = result.kind === 'lost' ? result.reason : 'its output was lost';
    if (left === 1) throw new DbctlError('EXEC_UNKNOWN', reason, { where: `task ${toolbox.task}` });
  }
}

const toolboxFailed = (toolbox: Toolbox, code: number, stderr: string): DbctlError =>
  new DbctlError('EXEC_FAILED', `a command in the toolbox ended with ${code}`, {
    where: `task ${toolbox.task} of ${toolbox.allocId}`,
    details: stderr.trimEnd().split('\n').slice(-5),
  });
