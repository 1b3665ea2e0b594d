import type { NomadJob } from '../ports/nomad.js';
import { settingTexts } from './names-instance.js';

/** A KV v2 secret a job reads: `secret "secret/data/postgres/speedtest"` is mount `secret`, path `postgres/speedtest`. */
export interface VaultPath {
  readonly mount: string;
  readonly path: string;
}

/** Secrets a job's templates read, in order, each once. Only the paths: values are not in a jobspec. */
export const vaultPaths = (job: NomadJob): VaultPath[] => {
  const texts = job.TaskGroups.flatMap(({ Tasks }) => Tasks.flatMap(settingTexts));
  const found = texts.flatMap((text) =>
    [...text.matchAll(/\bsecret\s+["`]([A-Za-z0-9_.-]+)\/data\/([A-Za-z0-9_./-]+)["`]/g)].map(
      ([, mount = '', path = '']) => ({ mount, path }),
    ),
  );
  return [...new Map(found.map((item) => [`${item.mount}/${item.path}`, item])).values()];
};

/** The mount and the folder most jobs read their database's password from, by the paths of each; seed 002's when nothing tells. */
export const commonPrefix = (
  jobs: readonly (readonly VaultPath[])[],
): { readonly mount: string; readonly prefix: string } => {
  const counted = new Map<string, number>();
  for (const paths of jobs) {
    for (const { mount, path } of paths.filter(({ path }) => path.includes('/'))) {
      const key = `${mount}\u0000${path.slice(0, path.lastIndexOf('/'))}`;
      counted.set(key, (counted.get(key) ?? 0) + 1);
    }
  }
  const [best] = [...counted].toSorted((a, b) => b[1] - a[1] || a[0].localeCompare(b[0], 'en'));
  const [mount = 'secret', prefix = 'postgres'] = best?.[0].split('\u0000') ?? [];
  return { mount, prefix };
};
