import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { clusterCatalog } from '../cluster-state.js';
import type { Victim } from './victim.js';

/**
 * All that a refused command must leave alone. The lock of a service is taken and given back, so it is left out;
 * it holds nothing but the lock itself.
 */
export async function everything(victim: Victim): Promise<Record<string, unknown>> {
  const [jobs, variables, volumes, secrets, catalog, files] = await Promise.all([
    victim.world.nomad<{ ID: string; JobModifyIndex: number; Stop: boolean }[]>('/v1/jobs'),
    variablesOf(victim),
    victim.world.nomad<{ ID: string; Name: string; ModifyIndex: number }[]>('/v1/volumes?type=host'),
    secretsOf(victim),
    clusterCatalog(victim.world).catch(() => 'not to be read'),
    filesBelow(victim.home),
  ]);
  return {
    jobs: jobs.map(({ ID, JobModifyIndex, Stop }) => `${ID} ${JobModifyIndex} ${Stop}`).sort(),
    variables,
    volumes: volumes.map(({ ID, Name }) => `${Name} ${ID}`).sort(),
    secrets,
    catalog,
    files,
  };
}

async function variablesOf({ world }: Victim): Promise<string[]> {
  const listed = await world.nomad<{ Path: string }[]>('/v1/vars');
  const kept = listed.map(({ Path }) => Path).filter((path) => !path.endsWith('/lock'));
  return Promise.all(
    kept.sort().map(async (path) => {
      const { Items } = await world.nomad<{ Items: Record<string, string> }>(`/v1/var/${path}`);
      // A map of Go's comes in another order each time.
      return JSON.stringify(Object.entries(Items).sort());
    }),
  );
}

async function secretsOf(victim: Victim): Promise<string[]> {
  const { data } = await victim.vault<{ data: { keys: string[] } }>('GET', 'secret/metadata/postgres?list=true');
  return Promise.all(
    data.keys.map(async (key) => {
      const found = await victim.vault<{ data: { current_version: number; updated_time: string } }>(
        'GET',
        `secret/metadata/postgres/${key}`,
      );
      return `${key} ${found.data.current_version} ${found.data.updated_time}`;
    }),
  );
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    files.sort().map(
      async (file) =>
        `${relative(folder, file)} ${createHash('sha256')
          .update(await readFile(file).catch(() => ''))
          .digest('hex')}`,
    ),
  );
}
