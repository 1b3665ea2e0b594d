import { readdirSync, readlinkSync, statSync } from 'node:fs';
import { pause } from './expectations.js';
import type { LabWorld } from './lab-world.js';

/** Where a dynamic host volume lies on this machine. */
export async function volumeFolder(world: LabWorld, name: string): Promise<string> {
  const found = (await world.nomad<{ ID: string; Name: string }[]>('/v1/volumes?type=host')).find(
    (volume) => volume.Name === name,
  );
  if (!found) throw new Error(`no volume ${name}`);
  return (await world.nomad<{ HostPath: string }>(`/v1/volume/host/${found.ID}`)).HostPath;
}

export interface ServerProcess {
  readonly pid: number;
  /** Its process namespace: Nomad gives each task one, so all processes of a server share it, orphans included. */
  readonly server: string;
}

const inode = (path: string): string | undefined => {
  try {
    const { dev, ino } = statSync(path);
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
};

const namespaceOf = (pid: number): string | undefined => {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return undefined;
  }
};

/** Every PostgreSQL process that works in this very folder, whatever name the folder has in its own view. */
export function serversOn(pgdata: string): ServerProcess[] {
  const wanted = inode(pgdata);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => wanted !== undefined && inode(`/proc/${pid}/cwd`) === wanted)
    .flatMap((pid) => {
      const server = namespaceOf(pid);
      return server === undefined ? [] : [{ pid, server }];
    });
}

/** How many servers they belong to. */
export const countServers = (processes: readonly ServerProcess[]): number =>
  new Set(processes.map(({ server }) => server)).size;

/** Looks again and again until stopped: how many servers were on the folder at once, at most. */
export class ServerWatch {
  #most = 0;
  #samples = 0;
  readonly #seen = new Set<string>();
  readonly #timer: NodeJS.Timeout;

  constructor(pgdata: string) {
    this.#timer = setInterval(() => {
      const processes = serversOn(pgdata);
      for (const { server } of processes) this.#seen.add(server);
      this.#most = Math.max(this.#most, countServers(processes));
      this.#samples += 1;
    }, 25);
  }

  stop(): { most: number; samples: number; servers: number } {
    clearInterval(this.#timer);
    return { most: this.#most, samples: this.#samples, servers: this.#seen.size };
  }
}

interface Alloc {
  readonly ID: string;
  readonly ClientStatus: string;
  readonly DesiredStatus: string;
  readonly CreateIndex: number;
  readonly TaskStates: Record<string, { State: string; Failed: boolean }> | null;
}

export async function newestAlloc(world: LabWorld, job = 'speedtest'): Promise<Alloc | undefined> {
  const allocs = await world.nomad<Alloc[]>(`/v1/job/${job}/allocations`);
  return allocs.sort((a, b) => b.CreateIndex - a.CreateIndex)[0];
}

/** What a task has written so far; empty while it has no log. */
export async function taskLog(world: LabWorld, allocId: string, task: string): Promise<string> {
  const texts = await Promise.all(
    ['stdout', 'stderr'].map(async (type) => {
      const query = `task=${task}&type=${type}&plain=true`;
      const response = await fetch(`${world.lab.nomadAddr}/v1/client/fs/logs/${allocId}?${query}`);
      return response.ok ? await response.text() : '';
    }),
  );
  return texts.join('\n');
}

/** Registers the operator's file as it is, as `nomad job run` does. */
export async function runJobspec(world: LabWorld): Promise<void> {
  const source = await world.jobspecText();
  const post = (path: string, method: string, body: unknown): Promise<unknown> =>
    world.nomad(path, { method, body: JSON.stringify(body) });
  const job = await post('/v1/jobs/parse', 'POST', { JobHCL: source, Canonicalize: true });
  await post('/v1/jobs', 'PUT', { Job: job, Submission: { Source: source, Format: 'hcl2' } });
}

export const stopJob = (world: LabWorld, options: { purge: boolean }): Promise<unknown> =>
  world.nomad(`/v1/job/speedtest?purge=${options.purge}`, { method: 'DELETE' });

/** Polls until it holds; says what was last seen when it never does. */
export async function until<T>(
  look: () => Promise<T>,
  good: (seen: T) => boolean,
  what: string,
  ms = 60_000,
): Promise<T> {
  for (const end = Date.now() + ms; ; await pause(100)) {
    const seen = await look();
    if (good(seen)) return seen;
    if (Date.now() > end) throw new Error(`${what} did not come; last seen: ${JSON.stringify(seen)?.slice(-1500)}`);
  }
}
