import pLimit from 'p-limit';
import { type Discovery, discover, isDue } from '../plan/discover/index.js';
import { findClients, findServers, isPoolerAt } from '../plan/discover/looks.js';
import type { World } from '../plan/discover/types.js';
import { TASKS } from '../plan/names.js';
import { configSettings, PRESETS } from '../render/index.js';
import type { UseCaseDeps } from './deps.js';
import { catalogLooks } from './discover/catalog-looks.js';
import { lookAtClient } from './discover/client-look.js';
import { AT_ONCE, instancesOf, runningJobs, spotsOf } from './discover/cluster-look.js';
import { Gaps } from './discover/gaps.js';
import { lookAtServer } from './discover/server-look.js';

export type DiscoverDeps = Pick<UseCaseDeps, 'nomad' | 'consul' | 'sql' | 'signal' | 'clock'>;

/** The end of `dbctl discover`. `exitCode` holds with --ci only. */
export interface DiscoverReport extends Discovery {
  readonly schema: 'dbctl.discover/1';
  readonly at: string;
  /** `attention`: a database without a fresh and drilled backup, or something that could not be looked at. */
  readonly status: 'ok' | 'attention';
  readonly exitCode: 0 | 2;
}

/**
 * What databases the running cluster has and who uses them, from the cluster alone; reads, changes nothing. What cannot be
 * looked at becomes a gap. Throws NOMAD_UNAVAILABLE, NOMAD_DENIED when not even the jobs can be listed.
 */
export async function discoverCluster(deps: DiscoverDeps): Promise<DiscoverReport> {
  const world = await lookAround(deps);
  const discovery = discover(world);
  const covered = discovery.servers
    .filter(({ managed }) => managed)
    .every(
      ({ databases, silent }) =>
        silent === null && databases.filter(isDue).every(({ backup }) => backup?.fresh && backup.drilled),
    );
  const ok = covered && world.gaps.length === 0;
  return {
    schema: 'dbctl.discover/1',
    at: world.now.toISOString(),
    status: ok ? 'ok' : 'attention',
    exitCode: ok ? 0 : 2,
    ...discovery,
  };
}

async function lookAround(deps: DiscoverDeps): Promise<World> {
  const gaps = new Gaps();
  const limit = pLimit(AT_ONCE);
  const jobs = await runningJobs(deps, gaps);
  const servers = findServers(jobs);
  const clients = findClients(jobs, PRESETS, configSettings);
  const spots = await spotsOf(deps, [...new Set([...servers, ...clients].map(({ job }) => job))], gaps);
  const reached = [...servers, ...clients.filter((client) => isPoolerAt(jobs, client))];
  const instances = await instancesOf(deps, jobs, reached, gaps);
  const serverLooks = await Promise.all(servers.map((server) => limit(() => lookAtServer(deps, jobs, spots, server))));
  const clientLooks = await Promise.all(clients.map((client) => limit(() => lookAtClient(deps, jobs, spots, client))));
  const toolboxes = jobs.filter((job) =>
    job.TaskGroups.some(({ Tasks }) => Tasks.some(({ Name }) => Name === TASKS.toolbox)),
  );
  const catalogs = await catalogLooks(
    deps.nomad,
    toolboxes.map(({ ID }) => ID),
    gaps,
  );
  return {
    ...{ jobs, spots, instances, catalogs },
    servers: serverLooks,
    clients: clientLooks.filter((look) => look !== undefined),
    gaps: gaps.all,
    now: deps.clock.now(),
  };
}
