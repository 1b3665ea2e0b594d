import { createHash } from 'node:crypto';
import { DbctlError } from '../errors/dbctl-error.js';
import type { DataPlane } from './detached-run.js';
import type { RunStatus } from './run-status.js';
import { type RunRef, runFile } from './task-ref.js';
import { lastLogLines } from './wait-run.js';

/** A cut on the way back looks like a damaged file, so one that differs is read again. */
const TRIES = 3;

/** A result file of a finished run, as text. Throws ARTIFACT_CORRUPT unless its SHA-256 is the one in the status. */
export async function readResult(
  { nomad }: Pick<DataPlane, 'nomad'>,
  ref: RunRef,
  status: RunStatus,
  name: string,
): Promise<string> {
  const where = `${runFile(ref, name)} of allocation ${ref.allocId.slice(0, 8)}`;
  const recorded = status.results.get(name);
  if (recorded === undefined)
    throw new DbctlError('ARTIFACT_CORRUPT', 'the run recorded no SHA-256 for a result', { where });
  let seen = '';
  for (let left = TRIES; left > 0; left--) {
    const text = await nomad.readFile(ref.allocId, runFile(ref, name));
    seen = text === undefined ? 'no such file' : createHash('sha256').update(text, 'utf8').digest('hex');
    if (text !== undefined && seen === recorded) return text;
  }
  throw new DbctlError('ARTIFACT_CORRUPT', 'a result does not have the recorded SHA-256', {
    where,
    value: `${seen}, recorded ${recorded}`,
  });
}

/** Throws TOOLBOX_FAILED with the log's last lines unless the run ended with 0. */
export async function requireSuccess(
  plane: Pick<DataPlane, 'nomad'>,
  ref: RunRef,
  status: RunStatus,
): Promise<RunStatus> {
  if (status.exit === 0) return status;
  throw new DbctlError('TOOLBOX_FAILED', `${ref.step} ended with exit code ${status.exit}`, {
    where: `${runFile(ref, 'log')} of allocation ${ref.allocId.slice(0, 8)}`,
    details: await lastLogLines(plane, ref),
  });
}
