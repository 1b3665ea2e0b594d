import type { NomadJob, NomadTask } from '../ports/nomad.js';
import { settingTexts, tasksNaming } from './names-instance.js';

/** A running PostgreSQL that other jobs ask for. */
export interface SharedCandidate {
  readonly job: string;
  readonly task: string;
  readonly service: string;
  /** Jobs that ask for it, by id. */
  readonly clients: readonly string[];
}

/**
 * Servers by the number of jobs that ask for them, most first; the first is the shared instance, a server that only one
 * other job asks for is more likely that app's own. Decided from the jobs as Nomad runs them.
 */
export const sharedCandidates = (jobs: readonly NomadJob[]): SharedCandidate[] =>
  jobs
    .flatMap((job) => serversOf(job).map((server) => ({ ...server, clients: clientsOf(jobs, job.ID, server.service) })))
    .toSorted((a, b) => b.clients.length - a.clients.length || a.job.localeCompare(b.job, 'en'));

const serversOf = (job: NomadJob): Omit<SharedCandidate, 'clients'>[] =>
  job.TaskGroups.flatMap((group) => {
    const server = group.Tasks.find(runsPostgres);
    const services = [...(group.Services ?? []), ...((server?.['Services'] as { Name: string }[] | null) ?? [])];
    return server === undefined ? [] : services.map(({ Name }) => ({ job: job.ID, task: server.Name, service: Name }));
  });

const clientsOf = (jobs: readonly NomadJob[], own: string, service: string): string[] =>
  jobs
    .filter((job) => job.ID !== own && tasksNaming(job, { service, address: undefined }).length > 0)
    .map(({ ID }) => ID)
    .toSorted((a, b) => a.localeCompare(b, 'en'));

const IMAGE = /(?:^|\/)(?:postgres|postgresql|postgis|pgvector|timescaledb(?:-ha)?|pgvecto-rs|supabase-postgres)$/;

/** By its image, else by a start script that runs the server: a dump job runs only its clients. */
function runsPostgres(task: NomadTask): boolean {
  if (task.Lifecycle != null && !task.Lifecycle.Sidecar) return false;
  const image = String(task.Config?.['image'] ?? '')
    .replace(/@.*$/, '')
    .replace(/:[^/:]*$/, '');
  if (image !== '') return IMAGE.test(image) && !/\b(?:pg_dump|crond)\b/.test(commandOf(task));
  return [commandOf(task), ...settingTexts(task)].some((text) => /(?:^|[\s/;"])postgres\s+(?:\\\s*)?-/m.test(text));
}

const commandOf = (task: NomadTask): string =>
  [task.Config?.['command'] ?? '', ...(Array.isArray(task.Config?.['args']) ? task.Config['args'] : [])]
    .map(String)
    .join(' ');
