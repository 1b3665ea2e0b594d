import { DbctlError } from '../errors/dbctl-error.js';
import { runCatalogJob } from '../pipeline/catalog-job.js';
import { chooseSet } from '../pipeline/restore/choose.js';
import { holdSet, releaseSet } from '../pipeline/restore/hold.js';
import { runId } from '../plan/names.js';
import type { ImageDetails, ImageReport } from '../report/image-report.js';
import { catalogJob, dirOf } from './catalog-env.js';
import type { UseCaseDeps } from './deps.js';
import { imageHolder } from './image-holders.js';
import { findImage, imageRow, type SeenImage, seenImages } from './images.js';
import { lookAtSet } from './look-at-set.js';
import type { Found } from './pin-backup.js';
import { requireService } from './prepared-run.js';
import { seenCatalogs } from './seen-catalogs.js';

const report = (action: ImageReport['action'], images: readonly SeenImage[]): ImageReport => ({
  ...{ schema: 'dbctl.image/1', action, status: 'ok', details: null, unseen: [] },
  images: images.map(imageRow),
});

export async function listImages(deps: UseCaseDeps): Promise<ImageReport> {
  const { images, unseen } = await seenImages(deps);
  return { ...report('list', images), unseen };
}

/** With what only a look into the set tells. Throws IMAGE_NOT_FOUND. */
export async function showImage(deps: UseCaseDeps, name: string): Promise<ImageReport> {
  const image = await findImage(deps, name);
  return { ...report('show', [image]), details: await detailsOf(deps, image) };
}

async function detailsOf(deps: UseCaseDeps, { id, seen }: SeenImage): Promise<ImageDetails> {
  const { extensions, roles } = await lookAtSet(deps, seen.toolbox, `${dirOf(deps, seen)}/sets/${id}`);
  const receipts = seen.catalog?.sets.find((one) => one.id === id)?.receipts ?? [];
  const copies = receipts.filter(({ verified }) => verified).map(({ target }) => target);
  return { extensions: extensions ?? [], roles: roles ?? [], copies };
}

export interface CreateImageInput {
  readonly service: string;
  readonly name: string;
  /** Id of a set; `null`: the newest. */
  readonly from: string | null;
}

/** Like a DNS label: it is part of commands and of lines in files. */
const NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Gives a backup set a name and keeps it from retention. A set exists only when it was read whole. The same again is nothing to
 * do. Throws NAME_UNSAFE, IMAGE_EXISTS, BACKUP_NOT_FOUND; DATABASE_UNAVAILABLE where a name cannot be told to be free.
 */
export async function createImage(deps: UseCaseDeps, { service, name, from }: CreateImageInput): Promise<ImageReport> {
  requireName(name);
  const seen = await ownCatalog(deps, service);
  const { id } = chooseSet(service, seen.catalog ?? undefined, { id: from, at: null, offsite: null });
  const there = await taken(deps, name);
  if (there && there.seen.service === service && (from === null || there.id === id))
    return { ...report('create', [there]), status: 'nothing-to-do' };
  if (there)
    throw new DbctlError('IMAGE_EXISTS', 'there is an image of that name already', {
      where: `backup ${there.id} of ${there.seen.service}`,
      value: name,
      next: `another name; or dbctl image rm ${name} first`,
    });
  const image = { name, id, created: deps.clock.now().toISOString(), seen, readBy: [] };
  await holdSet(deps, seen.toolbox, { home: dirOf(deps, seen), id }, imageHolder(image));
  await catalogAnew(deps, seen);
  return report('create', [image]);
}

function requireName(name: string): void {
  if (NAME.test(name)) return;
  throw new DbctlError('NAME_UNSAFE', 'this is no name of an image', {
    value: name,
    next: 'lower-case letters, digits and hyphens, at most 63, beginning and ending with a letter or digit',
  });
}

/** A name is given once, whatever service it is of: so every place has to be seen. */
async function taken(deps: UseCaseDeps, name: string): Promise<SeenImage | undefined> {
  const { images, unseen } = await seenImages(deps);
  const found = images.find((image) => image.name === name);
  if (found || unseen.length === 0) return found;
  throw new DbctlError('DATABASE_UNAVAILABLE', 'whether the name is free cannot be told', {
    where: `image ${name}`,
    details: unseen.map(({ service, why }) => `images of ${service} could not be read: ${why}`),
    next: 'dbctl backups, and run it again when all of them answer',
  });
}

async function ownCatalog(deps: UseCaseDeps, name: string): Promise<Found> {
  const seen = (await seenCatalogs(deps, [requireService(deps, name)])).find(({ on }) => on === 'dedicated');
  if (seen?.toolbox) return { ...seen, toolbox: seen.toolbox };
  throw new DbctlError('BACKUP_NOT_FOUND', seen?.why ?? 'the service has no database of its own', {
    where: `service ${name}`,
    next: `dbctl plan ${name}`,
  });
}

/** So that `dbctl backups` shows at once what is kept. */
async function catalogAnew(deps: UseCaseDeps, seen: Found): Promise<void> {
  const run = runId(deps.clock.now(), deps.randomBytes(4));
  await runCatalogJob(deps, seen.toolbox, run, await catalogJob(deps, seen, 'refresh-catalog.sh'));
}

export interface RemoveImageInput {
  readonly name: string;
  readonly confirm: (question: string) => Promise<void>;
}

/** Takes the name away; the set is left to retention, unless something else keeps it. Throws IMAGE_NOT_FOUND, IMAGE_IN_USE. */
export async function removeImage(deps: UseCaseDeps, { name, confirm }: RemoveImageInput): Promise<ImageReport> {
  const image = await findImage(deps, name);
  const { id, seen, readBy } = image;
  if (readBy.length > 0)
    throw new DbctlError('IMAGE_IN_USE', 'the image is being restored', {
      where: `backup ${id} of ${seen.service}`,
      value: readBy.map((run) => `run ${run}`).join(', '),
      next: 'wait until it is done, or take it back with --undo',
    });
  await confirm(`Remove image ${name}: retention may then remove backup ${id} of ${seen.service}.`);
  await releaseSet(deps, seen.toolbox, { home: dirOf(deps, seen), id }, imageHolder(image));
  await catalogAnew(deps, seen);
  return report('rm', [image]);
}
