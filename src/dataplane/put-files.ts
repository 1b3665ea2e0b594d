import { createHash, randomBytes } from 'node:crypto';
import { DbctlError } from '../errors/dbctl-error.js';
import type { AllocsPort } from '../ports/nomad.js';
import { PUT_SCRIPT } from './put-script.js';
import type { TaskRef } from './task-ref.js';

export interface PutFile {
  /** [A-Za-z0-9._-]+ */
  readonly name: string;
  /** May hold secrets: sent over stdin only. */
  readonly text: string;
  /** Octal digits; default `600`. */
  readonly mode?: string;
}

export interface PutTarget extends TaskRef {
  /** `alloc`: shared by the group's tasks and readable over the fs API. `secrets`: this task only, in memory, 1 MiB by default. */
  readonly root: 'alloc' | 'secrets';
  /** Folder below the root; made with mode 0700. */
  readonly dir: string;
  readonly files: readonly PutFile[];
  readonly signal?: AbortSignal;
}

const TIMEOUT_MS = 60_000;

/** Of a connection that breaks. */
const TRIES = 3;

/**
 * Stores files in a task by one exec: length and SHA-256 are checked there before any file gets its name. Repeatable, so it is
 * repeated when the connection is lost: two that overlap have folders of their own and put the same bytes.
 * Throws EXEC_UNKNOWN when the connection is lost again and again, EXEC_FAILED when nothing was stored.
 */
export async function putFiles(nomad: Pick<AllocsPort, 'exec'>, target: PutTarget): Promise<void> {
  const payload = putPayload(target.files);
  for (let left = TRIES; ; left--) {
    target.signal?.throwIfAborted();
    const lostBy = await putOnce(nomad, target, payload);
    if (lostBy === undefined) return;
    if (left === 1) throw lost(target, lostBy);
  }
}

/** Why it is not known whether they were stored; `undefined` when they were. */
async function putOnce(
  nomad: Pick<AllocsPort, 'exec'>,
  target: PutTarget,
  payload: Payload,
): Promise<string | undefined> {
  const nonce = randomBytes(12).toString('hex');
  const mark = `dbctl-${nonce}`;
  const result = await nomad.exec({
    allocId: target.allocId,
    task: target.task,
    argv: [
      '/bin/sh',
      '-c',
      PUT_SCRIPT,
      'dbctl',
      mark,
      target.root,
      safeFolder(target.dir),
      String(payload.tableBytes),
      String(payload.bytes),
    ],
    stdin: payload.text,
    until: `${mark} stored`,
    timeoutMs: TIMEOUT_MS,
    ...(target.signal ? { signal: target.signal } : {}),
  });
  const answer = new RegExp(`^${mark} (\\S+)$`, 'm').exec(result.stdout)?.[1];
  if (answer === 'stored') return undefined;
  if (answer === undefined && result.kind === 'lost') return result.reason;
  // Ended well, and yet without its last line: the output was lost on the way.
  if (answer === undefined && result.kind === 'exited' && result.code === 0) return 'the answer did not arrive';
  throw refused(target, answer, result.stderr);
}

interface Payload {
  readonly text: string;
  readonly tableBytes: number;
  readonly bytes: number;
}

function putPayload(files: readonly PutFile[]): Payload {
  const table = files
    .map(({ name, text, mode }) => `${safeName(name)} ${safeMode(mode)} ${Buffer.byteLength(text)} ${sha256(text)}\n`)
    .join('');
  const text = table + files.map((file) => file.text).join('');
  return { text, tableBytes: Buffer.byteLength(table), bytes: Buffer.byteLength(text) };
}

const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

function safeName(name: string): string {
  if (/^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(name)) return name;
  throw new DbctlError('NAME_UNSAFE', 'a file name for a task has other characters than letters, digits, . _ -', {
    value: name,
  });
}

function safeMode(mode = '600'): string {
  if (/^[0-7]{3,4}$/.test(mode)) return mode;
  throw new DbctlError('INTERNAL', 'a file mode is not octal', { value: mode });
}

export function safeFolder(dir: string): string {
  for (const part of dir.split('/')) safeName(part);
  return dir;
}

const where = ({ task, allocId, root, dir }: PutTarget): string =>
  `${root} folder ${dir}, task ${task} of allocation ${allocId.slice(0, 8)}`;

const lost = (target: PutTarget, reason: string): DbctlError =>
  new DbctlError('EXEC_UNKNOWN', 'the connection was lost while files were put', {
    where: where(target),
    value: reason,
    next: 'run again with --resume',
  });

const refused = (target: PutTarget, answer: string | undefined, stderr: string): DbctlError =>
  new DbctlError('EXEC_FAILED', 'files could not be put into the task', {
    where: where(target),
    value: answer ?? 'no answer',
    details: stderr
      .split('\n')
      .filter((line) => line !== '')
      .slice(-3),
  });
