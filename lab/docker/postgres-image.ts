import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { isDbctlError } from '../../src/errors/dbctl-error.js';
import type { Say } from '../handle.js';
import { cacheRoot, labFile } from '../locate.js';
import { buildPostgresTar, IMAGE_UID } from './debootstrap.js';
import type { EngineApi } from './engine-api.js';

/** An image in the lab's daemon, and who owns its data. */
export interface PostgresImage {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** A registry that has said nothing for so long is taken for absent. */
const REGISTRY_SILENCE_MS = 5000;

const official = (major: number): PostgresImage => ({ name: `postgres:${major}-alpine`, uid: 70, gid: 70 });
const local = (major: number): PostgresImage => ({
  name: `dbctl-lab/postgres:${major}-debian`,
  uid: IMAGE_UID,
  gid: IMAGE_UID,
});

/** Debian's root with that major, made by debootstrap once and kept in the cache. A change of the recipe is a file of another name. */
export async function ensurePostgresTar(major: number, own: number, say: Say): Promise<string> {
  const tar = await localTar(major);
  if (existsSync(tar)) return tar;
  say(`fetching Debian's packages of PostgreSQL ${major} by debootstrap, once; about a minute`);
  await buildPostgresTar(major, own, tar);
  return tar;
}

async function localTar(major: number): Promise<string> {
  const recipe = await readFile(labFile('docker', 'docker-entrypoint.sh'));
  const hash = createHash('sha256').update(recipe).digest('hex').slice(0, 12);
  return join(cacheRoot(), 'images', `postgres-${major}-${hash}.tar`);
}

/** From 18 on the official image keeps its data below a folder of its major, and the volume is one higher. */
const layout = (major: number): { readonly volume: string; readonly data: string } =>
  major >= 18
    ? { volume: '/var/lib/postgresql', data: `/var/lib/postgresql/${major}/docker` }
    : { volume: '/var/lib/postgresql/data', data: '/var/lib/postgresql/data' };

const changes = (major: number): string[] => [
  'ENTRYPOINT ["docker-entrypoint.sh"]',
  'CMD ["postgres"]',
  'EXPOSE 5432',
  `VOLUME ${layout(major).volume}`,
  `ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/postgresql/${major}/bin`,
  'ENV LANG=C.UTF-8',
  `ENV PG_MAJOR=${major}`,
  `ENV PGDATA=${layout(major).data}`,
];

async function pullAndKeep(engine: EngineApi, image: PostgresImage, file: string): Promise<void> {
  await engine.pullImage(image.name, REGISTRY_SILENCE_MS);
  await mkdir(join(file, '..'), { recursive: true });
  await engine.saveImage(image.name, `${file}.${process.pid}.tmp`);
  await rename(`${file}.${process.pid}.tmp`, file);
}

/** Asked once: what came of it lies in the cache from then on. */
async function fromRegistry(engine: EngineApi, major: number, say: Say): Promise<PostgresImage | undefined> {
  const image = official(major);
  const kept = join(cacheRoot(), 'images', `postgres-${major}-alpine.tar`);
  try {
    if (existsSync(kept)) await engine.loadImage(kept);
    else await pullAndKeep(engine, image, kept);
    return image;
  } catch (error) {
    const why = isDbctlError(error) ? (error.details[0] ?? error.message) : 'no answer in time';
    say(`no registry gives ${image.name} (${why.trim()}): a stand-in is made from Debian packages`);
    return undefined;
  }
}

/** The official image where a registry answers, else one like it from Debian packages, made once and kept in the cache. */
export async function ensurePostgresImage(
  engine: EngineApi,
  major: number,
  own: number,
  say: Say,
): Promise<PostgresImage> {
  if (!existsSync(await localTar(major))) {
    const pulled = await fromRegistry(engine, major, say);
    if (pulled !== undefined) return pulled;
  }
  const tar = await ensurePostgresTar(major, own, say);
  const image = local(major);
  await engine.importImage(image.name, createReadStream(tar), changes(major));
  return image;
}
