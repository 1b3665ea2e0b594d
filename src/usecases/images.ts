import { DbctlError, isDbctlError } from '../errors/dbctl-error.js';
import { suggest } from '../inventory/suggest.js';
import type { ImageReport, ImageRow } from '../report/image-report.js';
import { dirOf } from './catalog-env.js';
import type { UseCaseDeps } from './deps.js';
import { type Holders, holdersOf, type NamedSet } from './image-holders.js';
import type { Found } from './pin-backup.js';
import { seenCatalogs } from './seen-catalogs.js';

/** An image, and where its set is. */
export interface SeenImage extends NamedSet {
  readonly seen: Found;
  readonly readBy: readonly string[];
}

export interface SeenImages {
  readonly images: readonly SeenImage[];
  readonly unseen: ImageReport['unseen'];
}

/** The images of these services (all, where none is named) that have a server of their own. Reads only. */
export async function seenImages(deps: UseCaseDeps, service: string | null = null): Promise<SeenImages> {
  const all = deps.inventory.services;
  const asked = service === null ? all : all.filter(({ name }) => name === service);
  const images: SeenImage[] = [];
  const unseen: { service: string; why: string }[] = [];
  for (const one of (await seenCatalogs(deps, asked)).filter(({ on }) => on === 'dedicated')) {
    const { toolbox } = one;
    if (toolbox === null) {
      unseen.push({ service: one.service, why: one.why ?? 'its toolbox does not run' });
      continue;
    }
    const seen = { ...one, toolbox };
    try {
      images.push(...named(seen, await holdersOf(deps, seen, dirOf(deps, seen))));
    } catch (error) {
      if (!isDbctlError(error)) throw error;
      unseen.push({ service: one.service, why: error.message });
    }
  }
  return { images, unseen };
}

const named = (seen: Found, { images, readers }: Holders): SeenImage[] =>
  images.map((image) => ({
    ...{ ...image, seen },
    readBy: readers.filter(({ id }) => id === image.id).map(({ run }) => run),
  }));

/** As the operator sees it: with what the catalog tells of its set. */
export function imageRow({ name, id, created, seen, readBy }: SeenImage): ImageRow {
  const set = seen.catalog?.sets.find((one) => one.id === id);
  return {
    ...{ name, service: seen.service, set: id, created, engine: 'postgres' as const },
    version: set?.server.version ?? null,
    bytes: set?.bytes ?? null,
    databases: (set?.databases ?? []).map(({ database }) => database),
    rows: set ? set.databases.reduce((all, { rows }) => all + rows, 0) : null,
    asOf: set?.started ?? null,
    readBy,
  };
}

/** Throws IMAGE_NOT_FOUND, naming services whose images could not be read. */
export async function findImage(deps: UseCaseDeps, name: string, service: string | null = null): Promise<SeenImage> {
  const { images, unseen } = await seenImages(deps, service);
  const found = images.find((image) => image.name === name);
  if (found) return found;
  const near = suggest(
    name,
    images.map((image) => image.name),
  );
  throw new DbctlError('IMAGE_NOT_FOUND', 'there is no image of that name', {
    where: service === null ? 'every service' : `service ${service}`,
    value: name,
    details: [
      ...(near === undefined ? [] : [`did you mean ${near}?`]),
      ...unseen.map((one) => `images of ${one.service} could not be read: ${one.why}`),
    ],
    next: 'dbctl image list',
  });
}
