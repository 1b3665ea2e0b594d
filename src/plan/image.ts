import type { InventoryService } from '../inventory/types.js';
import type { NomadJob } from '../ports/nomad.js';
import type { SourceFacts } from './facts.js';
import type { DatabasePart, Driver, Finding } from './types.js';

export const SAME_AS_SOURCE = 'same-as-source';

/** What a task of the job runs; `null` for drivers without images, and where there is no such task. */
export const imageOfTask = (job: NomadJob | undefined, name: string): string | null => {
  const tasks = (job?.TaskGroups ?? []).flatMap(({ Tasks }) => Tasks ?? []);
  const image = tasks.find(({ Name }) => Name === name)?.Config?.['image'];
  return typeof image === 'string' ? image : null;
};

const isContainer = (driver: string): boolean => driver === 'docker' || driver === 'podman';

/** The image of the new server; `undefined` where the driver knows none, or where it cannot be told. */
export const targetImage = (service: InventoryService, source: SourceFacts): string | undefined => {
  if (!isContainer(service.driver)) return undefined;
  return service.image === SAME_AS_SOURCE ? (source.image ?? undefined) : service.image;
};

/** Major of the new server: what the inventory says, what the tag says, else that of the source. */
export const targetMajor = (service: InventoryService, source: SourceFacts): number =>
  service.major ??
  (service.image === SAME_AS_SOURCE ? undefined : tagMajor(service.image)) ??
  majorOf(source.serverVersion);

export const majorOf = (serverVersion: number): number => Math.floor(serverVersion / 10_000);

/** server_version_num → `16.4`; before 10 there were three numbers. */
export const versionText = (version: number): string =>
  version >= 100_000
    ? `${majorOf(version)}.${version % 10_000}`
    : `${majorOf(version)}.${Math.floor((version % 10_000) / 100)}.${version % 100}`;

/** `postgres:17-alpine` → 17; `undefined` when the tag does not begin with a number. */
export const tagMajor = (image: string): number | undefined => {
  const match = /:(?:pg)?(\d{1,2})(?:[.\-@]|$)/.exec(image);
  return match === null ? undefined : Number(match[1]);
};

type Libc = 'musl' | 'glibc' | 'unknown';

/** By the naming of the official image: `alpine` is musl, a plain or Debian-named tag is glibc. */
export const libcOf = (driver: Driver | string, image: string | null | undefined): Libc => {
  if (!isContainer(driver)) return 'unknown';
  if (image === null || image === undefined) return 'unknown';
  if (/alpine/.test(image)) return 'musl';
  return /(?:^|\/)postgres(?::|$)|bookworm|bullseye|trixie/.test(image) ? 'glibc' : 'unknown';
};

/**
 * Operating-system ids of the postgres user of the new server's image, who must own its volumes.
 * Read from the source's task when image and kind of driver are the same, else known of the official images; `null` = unknown.
 */
export const dataOwner = (target: DatabasePart, source: SourceFacts): { uid: number; gid: number } | null => {
  const same =
    target.image === (source.image ?? undefined) && isContainer(target.driver) === isContainer(source.driver);
  if (same) return source.owner;
  const libc = libcOf(target.driver, target.image);
  if (libc === 'unknown') return null;
  return libc === 'musl' ? { uid: 70, gid: 70 } : { uid: 999, gid: 999 };
};

/** What changes with the image, and whether a way back exists. */
export const imageChange = (service: InventoryService, source: SourceFacts, target: DatabasePart): Finding[] => {
  if (isContainer(service.driver) && target.image === undefined) return [imageUnknown(source)];
  if (
    service.image !== SAME_AS_SOURCE &&
    service.major === null &&
    tagMajor(service.image) === undefined &&
    isContainer(service.driver)
  )
    return [majorUnknown(service.image)];
  return [
    ...ownerUnknown(source, target),
    ...majorChange(majorOf(source.serverVersion), target.major),
    ...libcChange(source, target),
  ];
};

const imageUnknown = (source: SourceFacts): Finding => ({
  code: 'IMAGE_UNKNOWN',
  level: 'blocked',
  text: `image is same-as-source, but the shared instance runs with driver ${source.driver}, which has no image`,
  next: `set image: postgres:${majorOf(source.serverVersion)}, or driver: ${source.driver}`,
});

const majorUnknown = (image: string): Finding => ({
  code: 'IMAGE_MAJOR_UNKNOWN',
  level: 'blocked',
  text: `the tag of ${image} does not say which PostgreSQL major it holds`,
  next: 'set major: beside image:',
});

const ownerUnknown = (source: SourceFacts, target: DatabasePart): Finding[] =>
  dataOwner(target, source) !== null
    ? []
    : [
        {
          code: 'OWNER_UNKNOWN',
          level: 'blocked',
          text: `the ids of the postgres user in ${target.image ?? `driver ${target.driver}`} are not known, so its volumes cannot be made`,
          next: 'use an official postgres image, or same-as-source',
        },
      ];

const majorChange = (from: number, to: number): Finding[] => {
  if (to === from) return [];
  if (to < from)
    return [
      {
        code: 'IMAGE_OLDER',
        level: 'blocked',
        text: `PostgreSQL ${to} cannot take a database of PostgreSQL ${from}`,
        next: `use an image of major ${from} or later`,
      },
    ];
  return [
    {
      code: 'UPGRADE',
      level: 'warn',
      text: `PostgreSQL ${from} becomes ${to}. The way back goes into ${from} as SQL text, by one session, and is compared like any other; it exists while the database uses nothing that ${from} does not know, which is tried before anything is switched`,
    },
  ];
};

const libcChange = (source: SourceFacts, target: DatabasePart): Finding[] => {
  const [from, to] = [libcOf(source.driver, source.image), libcOf(target.driver, target.image)];
  return from === to || from === 'unknown' || to === 'unknown'
    ? []
    : [
        {
          code: 'LIBC_CHANGE',
          level: 'warn',
          text: `${from} becomes ${to}: text may sort differently; every index is built anew by the import`,
        },
      ];
};
