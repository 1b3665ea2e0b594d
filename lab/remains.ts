import { existsSync } from 'node:fs';
import { readdir, readFile, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { anyNomadAgent, processesOf, signalPid, waitUntil } from './processes.js';
import { tryCommand } from './run-command.js';

/** Mount points at or below a folder, deepest first, from /proc/self/mountinfo text (which writes a blank as \040). */
export function mountsUnder(dir: string, mountinfo: string): string[] {
  const points = mountinfo
    .split('\n')
    .map((line) =>
      (line.split(' ')[4] ?? '').replace(/\\([0-7]{3})/g, (_, octal: string) =>
        String.fromCharCode(Number.parseInt(octal, 8)),
      ),
    );
  const inside = points.filter((point) => point === dir || point.startsWith(`${dir}/`));
  return inside.sort((a, b) => b.length - a.length);
}

/** Kills every process of the lab's folder; those it forks meanwhile too. */
export async function killProcesses(dir: string): Promise<void> {
  const none = async (): Promise<boolean> => {
    const pids = await processesOf(dir);
    for (const pid of pids) signalPid(pid, 'SIGKILL');
    return pids.length === 0;
  };
  await waitUntil(none, 5000, 50);
}

export async function unmountAll(dir: string): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    const points = mountsUnder(dir, await readFile('/proc/self/mountinfo', 'utf8'));
    if (points.length === 0) return;
    for (const point of points) await tryCommand(['umount', '-l', point]);
  }
}

async function removeTree(path: string): Promise<void> {
  const children = await readdir(path, { withFileTypes: true }).catch(() => []);
  for (const child of children) if (child.isDirectory()) await removeTree(join(path, child.name));
  // A group that a dying process still holds is tried again by the caller.
  await rmdir(path).catch(() => undefined);
}

const CGROUPS = '/sys/fs/cgroup';

/** The same folder below each controller (v1, and the unified tree beside it) or below the one root (v2). */
async function cgroupFolders(group: string): Promise<string[]> {
  const roots = existsSync(join(CGROUPS, 'cgroup.controllers')) ? ['.'] : await readdir(CGROUPS).catch(() => []);
  return [...new Set(roots.map((name) => join(CGROUPS, name, group)))].filter((path) => existsSync(path));
}

/** Control groups are folders: a tree of them goes by rmdir from the leaves up, once their processes are gone. */
async function removeGroup(group: string): Promise<void> {
  await waitUntil(async () => {
    await Promise.all((await cgroupFolders(group)).map(removeTree));
    return (await cgroupFolders(group)).length === 0;
  }, 3000);
}

async function groupsOfAllocs(allocIds: readonly string[]): Promise<string[]> {
  const parents = await cgroupFolders('nomad');
  const names = await Promise.all(parents.map((path) => readdir(path).catch(() => [])));
  const ours = names.flat().filter((name) => allocIds.some((id) => name.startsWith(id)));
  return [...new Set(ours)].map((name) => join('nomad', name));
}

/**
 * Under cgroup v1 Nomad 1.11 ignores `cgroup_parent` and puts every agent's tasks below /nomad: ours go by the
 * allocation's id, the parent only when no agent runs on this machine (a group in use refuses rmdir anyway).
 */
export async function removeCgroups(cgroup: string, allocIds: readonly string[]): Promise<void> {
  await removeGroup(cgroup);
  for (const group of await groupsOfAllocs(allocIds)) await removeGroup(group);
  if (!(await anyNomadAgent())) await removeGroup('nomad');
}

/** Addresses that Nomad's bridge plugin reserved for the lab's allocations. */
export async function removeReservations(subnetPrefix: string): Promise<void> {
  const dir = '/var/lib/cni/networks/nomad';
  const files = await readdir(dir).catch(() => []);
  for (const file of files) if (file.startsWith(subnetPrefix)) await rm(join(dir, file), { force: true });
}

/** Network namespaces are named after the allocation they were made for. */
export async function removeNamespaces(allocIds: readonly string[]): Promise<void> {
  for (const id of allocIds)
    if (existsSync(join('/var/run/netns', id))) await tryCommand(['ip', 'netns', 'delete', id]);
}
