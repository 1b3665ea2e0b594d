import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabHandle } from '../../lab/index.js';
import { processesOf } from '../../lab/processes.js';
import { mountsUnder } from '../../lab/remains.js';

const run = (file: string, ...args: string[]): string => execFileSync(file, args, { encoding: 'utf8' });

/** Everything on this machine that would betray a lab after it has gone. */
export async function traces(dir: string, number: string, allocs: readonly string[]): Promise<string[]> {
  const rules = ['filter', 'nat'].flatMap((table) => run('iptables', '-w', '5', '-t', table, '-S').split('\n'));
  const groups = run('find', '/sys/fs/cgroup', '-type', 'd').split('\n');
  const reserved = existsSync('/var/lib/cni/networks/nomad') ? readdirSync('/var/lib/cni/networks/nomad') : [];
  const named = existsSync('/var/run/netns') ? readdirSync('/var/run/netns') : [];
  const ofAllocs = (text: string): boolean => allocs.some((id) => text.includes(id));
  return [
    ...(await processesOf(dir)).map((pid) => `process ${pid}`),
    ...mountsUnder(dir, readFileSync('/proc/self/mountinfo', 'utf8')).map((point) => `mount ${point}`),
    ...run('ip', '-o', 'link')
      .split('\n')
      .filter((line) => new RegExp(`\\bdbctl${number}n?\\b`).test(line)),
    ...rules.filter((line) => line.includes(`10.89.${number}.`) || line.includes(`dbctl${number}n`)),
    ...groups.filter((path) => ofAllocs(path) || path.endsWith(`dbctl-lab-${number}`)),
    ...reserved.filter((name) => name.startsWith(`10.89.${number}.`)),
    ...named.filter(ofAllocs),
    ...(existsSync(dir) ? [dir] : []),
    ...tasksIn(dir),
  ];
}

/** Told by the kernel's view of each process's root, not by the code under test. */
function tasksIn(dir: string): string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    try {
      return readFileSync(`/proc/${pid}/mountinfo`, 'utf8').includes(`${dir}/nomad/alloc/`) && pid !== 'self'
        ? [`task ${pid}`]
        : [];
    } catch {
      return [];
    }
  });
}

export const numberOf = (lab: LabHandle): string => lab.bridge.replace('dbctl', '');
export const allocsOf = (lab: LabHandle): string[] => readdirSync(join(lab.dir, 'nomad', 'alloc'));
