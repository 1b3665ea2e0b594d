import { isAbsolute, join } from 'node:path';
import { type DbctlError, isDbctlError } from '../../errors/dbctl-error.js';
import type { InventoryService } from '../../inventory/types.js';
import { jobDifferences } from '../../plan/drift.js';
import type { ServiceFacts, Unusable } from '../../plan/facts.js';
import type { JobSource, NomadJob } from '../../ports/nomad.js';
import { unsplice } from '../../render/index.js';
import type { FactsDeps } from './facts-deps.js';

type NamedJobspec = Pick<InventoryService, 'name' | 'job' | 'jobspec'>;

type JobspecDeps = Pick<FactsDeps, 'nomad' | 'files' | 'home'>;

export interface Jobspec {
  /** As the inventory writes it, so that a plan is the same on every machine. */
  readonly path: string;
  readonly source: JobSource;
}

/** HCL variables a job was registered with; they belong to its text. */
export type JobVariables = Pick<JobSource, 'VariableFlags' | 'Variables'>;

/** The operator's file as text; paths of the inventory start at its folder. */
export const readJobspec = async (
  deps: Pick<JobspecDeps, 'files' | 'home'>,
  service: NamedJobspec,
  variables: JobVariables,
): Promise<Jobspec | Unusable> => {
  if (service.jobspec === null)
    return {
      code: 'JOBSPEC_NOT_FOUND',
      text: `service ${service.name} names no jobspec file; dbctl changes your file, not only the running job`,
      next: `set services.${service.name}.jobspec to the file you register`,
    };
  const path = service.jobspec;
  const text = await deps.files.read(isAbsolute(path) ? path : join(deps.home, path));
  if (text === undefined)
    return {
      code: 'JOBSPEC_NOT_FOUND',
      text: `the jobspec ${path} does not exist`,
      next: `correct services.${service.name}.jobspec; the path starts at the folder of dbctl.yaml`,
    };
  return { path, source: { ...variables, Source: text, Format: path.endsWith('.json') ? 'json' : 'hcl2' } };
};

/** The same as Nomad reads it. */
export const parseJobspec = async (
  deps: JobspecDeps,
  service: NamedJobspec,
  spec: Jobspec | Unusable,
): Promise<ServiceFacts['file']> => {
  if ('code' in spec) return spec;
  if (spec.source.Format === 'json')
    return {
      code: 'JOBSPEC_UNSUPPORTED',
      text: `${spec.path} is JSON; dbctl splices HCL only`,
      next: 'write the job as HCL and name that file as jobspec',
    };
  if (/(?<![\w.])(?:file|fileset|templatefile)\s*\(/.test(withoutComments(spec.source.Source))) {
    return {
      code: 'JOBSPEC_FILE_FUNCTION',
      text: `${spec.path} reads other files with file(); Nomad's server cannot parse that`,
      next: 'put the text of that file into the jobspec as <<EOF … EOF, register it, and plan again',
    };
  }
  try {
    const job = await deps.nomad.parseJob(spec.source);
    return job.ID === service.job
      ? { path: spec.path, job }
      : {
          code: 'JOBSPEC_OTHER_JOB',
          text: `${spec.path} is job ${job.ID}, the inventory says job: ${service.job}`,
          next: `correct jobspec or job of service ${service.name}`,
        };
  } catch (error) {
    if (isDbctlError(error, 'JOBSPEC_UNPARSABLE') || isDbctlError(error, 'NOMAD_REJECTED'))
      return unparsable(spec.path, error);
    throw error;
  }
};

/** What the file would be without the part of dbctl in it; `undefined` where there is none, or it was edited by hand. */
export const plainJob = async (
  { nomad, hcl }: Pick<FactsDeps, 'nomad' | 'hcl'>,
  spec: Jobspec | Unusable,
): Promise<NomadJob | undefined> => {
  if ('code' in spec || spec.source.Format === 'json' || !hasPart(spec.source.Source)) return undefined;
  try {
    return await nomad.parseJob({ ...spec.source, Source: unsplice(await hcl(), spec.source.Source) });
  } catch (error) {
    if (isDbctlError(error, 'JOBSPEC_UNSUPPORTED') || isDbctlError(error, 'JOBSPEC_UNPARSABLE')) return undefined;
    if (isDbctlError(error, 'NOMAD_REJECTED')) return undefined;
    throw error;
  }
};

/** A cheap look before the file is read as HCL. */
export const hasPart = (text: string): boolean => /^[ \t]*# >>> dbctl /m.test(text);

const unparsable = (path: string, error: DbctlError): Unusable => ({
  code: 'JOBSPEC_UNPARSABLE',
  text: `${path}: ${[error.message, error.value].filter(Boolean).join(': ')}`,
  next: `nomad job validate ${path}`,
});

const withoutComments = (text: string): string => text.replaceAll(/^\s*(?:#|\/\/).*$/gm, '');

export interface SubmissionFacts {
  /** See ServiceFacts.submissionMatches. */
  readonly matches: boolean | null;
  readonly variables: JobVariables;
}

/** After a JSON register or a scale Nomad's stored text is older than the job: it counts only if it parses to what runs. */
export const readSubmission = async (
  deps: Pick<FactsDeps, 'nomad'>,
  job: NomadJob | null,
): Promise<SubmissionFacts> => {
  const submission = job === null ? undefined : await deps.nomad.submission(job.ID, job.Version ?? 0);
  if (job === null || submission === undefined) return { matches: null, variables: {} };
  const { VariableFlags, Variables } = submission;
  const variables = { ...(VariableFlags ? { VariableFlags } : {}), ...(Variables ? { Variables } : {}) };
  try {
    return { matches: jobDifferences(await deps.nomad.parseJob(submission), job).length === 0, variables };
  } catch (error) {
    if (isDbctlError(error, 'JOBSPEC_UNPARSABLE') || isDbctlError(error, 'NOMAD_REJECTED'))
      return { matches: false, variables };
    throw error;
  }
};
