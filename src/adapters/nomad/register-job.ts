import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { DbctlError, isDbctlError } from '../../errors/dbctl-error.js';
import type { JobSource, Json, NomadJob } from '../../ports/nomad.js';
import { type NomadHttp, parseJson } from './http.js';
import { check, list, toEvaluation, toJob } from './schemas.js';
import { segment } from './segment.js';

const registered = z.looseObject({ EvalID: z.string(), JobModifyIndex: z.number() });
type Registered = { evalId: string; jobModifyIndex: number };
type Options = { enforceIndex: number; submission?: JobSource };

/** Of a registration whose answer was lost. */
const TRIES = 3;
/** A request that was cut on its way may still arrive. */
const SETTLE_MS = 500;

/**
 * Compare-and-set by the job's modify index. After a lost answer it looks before it sends again: still the old index means
 * that nothing was done, and the enforced index keeps a late arrival from being done twice.
 */
export async function registerJob(http: NomadHttp, job: NomadJob, options: Options): Promise<Registered> {
  for (let left = TRIES; ; left--) {
    try {
      return await send(http, job, options);
    } catch (error) {
      if (!isDbctlError(error, 'NOMAD_OUTCOME_UNKNOWN') || left === 1) throw error;
      await delay(SETTLE_MS);
      const done = await effectOf(http, job, options);
      if (done) return done;
    }
  }
}

async function send(http: NomadHttp, job: NomadJob, { enforceIndex, submission }: Options): Promise<Registered> {
  const body = {
    Job: job,
    EnforceIndex: true,
    JobModifyIndex: enforceIndex,
    ...(submission ? { Submission: submission } : {}),
  };
  const reply = parseJson(await http.send('PUT', '/v1/jobs', body));
  const { EvalID, JobModifyIndex } = check(registered, reply, 'registration');
  return { evalId: EvalID, jobModifyIndex: JobModifyIndex };
}

/** What Nomad has now: this very job (done), the old one (`undefined`), or somebody else's (JOB_CHANGED). */
async function effectOf(http: NomadHttp, job: NomadJob, { enforceIndex }: Options): Promise<Registered | undefined> {
  const found = await http.get(`/v1/job/${segment(job.ID)}`);
  const now = found === undefined ? undefined : toJob(found);
  const jobModifyIndex = now?.JobModifyIndex ?? 0;
  if (now === undefined || jobModifyIndex === enforceIndex) return undefined;
  if (!(await isSame(http, job, now))) {
    throw new DbctlError('JOB_CHANGED', 'the job was changed by somebody else meanwhile', {
      where: `job ${job.ID}`,
      value: `index ${jobModifyIndex}, expected ${enforceIndex}`,
      next: 'plan again',
    });
  }
  return { evalId: await newestEvaluation(http, job.ID), jobModifyIndex };
}

async function isSame(http: NomadHttp, job: NomadJob, now: NomadJob): Promise<boolean> {
  if ((job.Stop === true) !== (now.Stop === true)) return false;
  const { Diff } = check(
    z.looseObject({ Diff: z.looseObject({ Type: z.string() }) }),
    await planJob(http, job),
    'plan',
  );
  return Diff.Type === 'None';
}

async function newestEvaluation(http: NomadHttp, id: string): Promise<string> {
  const numbered = z.looseObject({ ID: z.string(), CreateIndex: z.number() });
  const all = list(await http.get(`/v1/job/${segment(id)}/evaluations`), (item) =>
    check(numbered, toEvaluation(item), 'evaluation'),
  );
  return all.sort((a, b) => b.CreateIndex - a.CreateIndex)[0]?.ID ?? '';
}

export async function planJob(http: NomadHttp, job: NomadJob): Promise<Record<string, Json>> {
  const path = `/v1/job/${segment(job.ID)}/plan`;
  const reply = await http.send('PUT', path, { Job: job, Diff: true }, { repeatable: true });
  return check(z.record(z.string(), z.unknown()), parseJson(reply), 'plan') as Record<string, Json>;
}
