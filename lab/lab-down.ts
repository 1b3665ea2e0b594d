import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { allocBridgeName, allocSubnet, removeBridges } from './bridge.js';
import { stopAllJobs } from './cluster.js';
import { consulConfigPath } from './consul/consul-agent.js';
import { dockerSocket } from './docker/dockerd.js';
import { EngineApi } from './docker/engine-api.js';
import { removeTraces } from './docker/their-daemon.js';
import { removeMadeChains, removeSubnetRules } from './firewall.js';
import type { Say } from './handle.js';
import { openApi } from './http.js';
import { labDir } from './locate.js';
import { nomadConfigPath } from './nomad-agent.js';
import { downloadsPath, storePath } from './offsite/servers.js';
import { anyNomadAgent, isOurs, stopDaemon } from './processes.js';
import { allRecords, type LabRecord, readRecord, updateRecord } from './record.js';
import { killProcesses, removeCgroups, removeNamespaces, removeReservations, unmountAll } from './remains.js';
import { vaultConfigPath } from './vault-server.js';

export interface LabDownOptions {
  readonly name?: string;
  readonly say: Say;
}

const JOBS_MS = 6000;
const AGENT_MS = 3000;
const DOCKERD_MS = 8000;

const DAEMONS: readonly (readonly [name: string, path: (dir: string) => string])[] = [
  ['nomad', nomadConfigPath],
  ['vault', vaultConfigPath],
  ['consul', consulConfigPath],
  ['store', storePath],
  ['downloads', downloadsPath],
];

const nomadRuns = ({ pids, dir }: LabRecord): Promise<boolean> => isOurs(pids['nomad'] ?? 0, nomadConfigPath(dir));

/** Nomad takes away network rules and mounts of its own accord when it is asked to stop the jobs first. */
async function stopJobs(record: LabRecord, say: Say): Promise<void> {
  if (record.ports === undefined || !(await nomadRuns(record))) return;
  const ended = await stopAllJobs(openApi(`http://127.0.0.1:${record.ports.nomadHttp}`), JOBS_MS);
  if (!ended) say('some jobs did not end in time; they are killed');
}

async function stopAgents({ pids, dir }: LabRecord): Promise<void> {
  const stops = DAEMONS.map(async ([name, path]) => stopDaemon(pids[name] ?? 0, path(dir), AGENT_MS));
  await Promise.all(stops);
}

/** Nomad has removed its containers if it had the time; the rest go with our daemon, or by their labels from another's. */
async function stopContainers(
  { dir, pids, dockerSocket: socket }: LabRecord,
  allocIds: readonly string[],
): Promise<void> {
  if (socket === undefined) return;
  if (pids['dockerd'] !== undefined) return stopDaemon(pids['dockerd'], dockerSocket(dir), DOCKERD_MS);
  await removeTraces(new EngineApi(socket), allocIds);
}

async function removeNetwork(record: LabRecord, allocIds: readonly string[]): Promise<void> {
  await removeNamespaces(allocIds);
  if (record.number === undefined) return;
  await removeBridges(record.number);
  await removeReservations(allocSubnet(record.number).replace(/0\/24$/, ''));
  await removeSubnetRules(allocSubnet(record.number), allocBridgeName(record.number));
  const others = (await allRecords()).filter((other) => other.name !== record.name);
  // Agents of labs under another root are not in our records; their allocations' rules hang on the same chains.
  if (others.length === 0 && !(await anyNomadAgent())) await removeMadeChains(record.chainsBefore ?? []);
}

/** Read before anything stops: Nomad forgets the folders of purged jobs, but not always their control groups. */
const allocIdsOf = ({ dir }: LabRecord): Promise<string[]> => readdir(join(dir, 'nomad', 'alloc')).catch(() => []);

async function takeAway(record: LabRecord, allocIds: readonly string[]): Promise<void> {
  const { dir, cgroup } = record;
  await killProcesses(dir);
  await unmountAll(dir);
  if (cgroup !== undefined) await removeCgroups(cgroup, allocIds);
  await removeNetwork(record, allocIds);
  await rm(dir, { recursive: true, force: true, maxRetries: 3 });
}

/** Takes away every process, mount, bridge, rule, control group and file of the lab. A lab that is not there is fine. */
export async function labDown({ name = 'default', say }: LabDownOptions): Promise<void> {
  const record = await readRecord(name);
  if (record === undefined) {
    await rm(labDir(name), { recursive: true, force: true });
    say(`lab ${name} is not there: nothing to take away`);
    return;
  }
  const stopping = await updateRecord(record, { stage: 'stopping' });
  const allocIds = await allocIdsOf(stopping);
  await stopJobs(stopping, say);
  await stopAgents(stopping);
  await stopContainers(stopping, allocIds);
  await takeAway(stopping, allocIds);
  say(`lab ${name} is gone`);
}
