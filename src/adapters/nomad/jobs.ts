import { z } from 'zod';
import { DbctlError, isDbctlError } from '../../errors/dbctl-error.js';
import type { JobSource, JobsPort, NomadJob } from '../../ports/nomad.js';
import { type NomadHttp, parseJson } from './http.js';
import { planJob, registerJob } from './register-job.js';
import { check, list, toEvaluation, toJob, toSubmission } from './schemas.js';
import { segment } from './segment.js';
import { variablesText } from './variables-text.js';

const self = z.looseObject({
  config: z.looseObject({
    Region: z.string(),
    Version: z.looseObject({ Version: z.string() }),
    Client: z.looseObject({ Enabled: z.boolean().nullish(), MaxKillTimeout: z.string().nullish() }).nullish(),
  }),
});
const listed = z.looseObject({ ID: z.string(), Type: z.string(), Status: z.string(), Stop: z.boolean() });
const place = z.looseObject({ ID: z.string(), Namespace: z.string().nullish() });
const history = z.looseObject({ Versions: z.array(z.unknown()) });
const validated = z.looseObject({
  ValidationErrors: z.array(z.string()).nullish(),
  Error: z.string().nullish(),
  Warnings: z.string().nullish(),
});

export const jobsAdapter = (http: NomadHttp): JobsPort => ({
  async agentSelf() {
    const { config } = check(self, await http.get('/v1/agent/self'), 'agent');
    const { Version, Region, Client } = config;
    const maxKillTimeoutSeconds = Client?.Enabled ? secondsOf(Client.MaxKillTimeout ?? '30s') : null;
    return { version: Version.Version, region: Region, address: http.address, maxKillTimeoutSeconds };
  },
  listJobs: async () => list(await http.get('/v1/jobs'), (item) => pickListed(check(listed, item, 'job'))),
  parseJob: (source) => parseJob(http, source),
  async job(id) {
    const found = await http.get(`/v1/job/${segment(id)}`);
    return found === undefined ? undefined : toJob(found);
  },
  allVersions: () => allVersions(http),
  async submission(id, version) {
    const found = await http.get(`/v1/job/${segment(id)}/submission`, { query: { version } });
    return found === undefined ? undefined : toSubmission(found);
  },
  planJob: (job) => planJob(http, job),
  validateJob: (job) => validateJob(http, job),
  registerJob: (job, options) => registerJob(http, job, options),
  async purgeJob(id) {
    await http.send('DELETE', `/v1/job/${segment(id)}`, undefined, {
      query: { purge: true },
      pass: [404],
      repeatable: true,
    });
  },
  async evaluation(id) {
    const found = await http.get(`/v1/evaluation/${segment(id)}`);
    return found === undefined ? undefined : toEvaluation(found);
  },
});

/** One job after another: nobody waits for it. A job that is gone by now has no version. */
async function allVersions(http: NomadHttp): Promise<NomadJob[]> {
  const found = await http.get('/v1/jobs', { query: { namespace: '*' } });
  const versions: NomadJob[] = [];
  for (const { ID, Namespace } of list(found, (item) => check(place, item, 'job'))) {
    const query = { namespace: Namespace ?? 'default' };
    const kept = await http.get(`/v1/job/${segment(ID)}/versions`, { query });
    versions.push(...(kept === undefined ? [] : check(history, kept, 'versions of a job').Versions.map(toJob)));
  }
  return versions;
}

/** Go's `1m30s`; `null` when it is none. */
const secondsOf = (text: string): number | null => {
  const match = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?$/.exec(text);
  if (match === null || text === '') return null;
  const [hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0));
  return hours * 3_600 + minutes * 60 + seconds;
};

const pickListed = ({ ID, Type, Status, Stop }: z.infer<typeof listed>): z.infer<typeof listed> => ({
  ID,
  Type,
  Status,
  Stop,
});

async function parseJob(http: NomadHttp, source: JobSource): Promise<NomadJob> {
  if (source.Format === 'json') return parseJsonSource(source);
  const body = { JobHCL: source.Source, Canonicalize: true, Variables: variablesText(source) };
  const reply = await http.send('POST', '/v1/jobs/parse', body, { repeatable: true }).catch((error: unknown) => {
    if (!isDbctlError(error, 'NOMAD_REJECTED')) throw error;
    throw new DbctlError(
      'JOBSPEC_UNPARSABLE',
      'Nomad cannot parse the jobspec',
      error.value ? { value: error.value } : {},
    );
  });
  return toJob(parseJson(reply));
}

/** JSON sources are the API's own form, bare or wrapped in `Job`; the parse endpoint knows HCL only. */
function parseJsonSource(source: JobSource): NomadJob {
  try {
    const value: unknown = JSON.parse(source.Source);
    const wrapped = z.looseObject({ Job: z.unknown() }).safeParse(value);
    return toJob(wrapped.success && wrapped.data.Job ? wrapped.data.Job : value);
  } catch (error) {
    throw new DbctlError('JOBSPEC_UNPARSABLE', 'the jobspec is not a JSON job', {
      value: error instanceof Error ? error.message : '',
    });
  }
}

async function validateJob(http: NomadHttp, job: NomadJob): Promise<{ errors: string[]; warnings: string }> {
  const reply = await http.send('PUT', '/v1/validate/job', { Job: job }, { repeatable: true });
  const { ValidationErrors, Error: text, Warnings } = check(validated, parseJson(reply), 'validation');
  const errors = ValidationErrors ?? [];
  return { errors: errors.length === 0 && text ? [text] : errors, warnings: Warnings ?? '' };
}
