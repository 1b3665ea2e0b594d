import type { InventoryService } from '../../inventory/types.js';
import { SAME_AS_SOURCE } from '../image.js';
import type { DatabasePart, DatabaseSpec, Finding } from '../types.js';
import type { FillPlan } from './types.js';

/** What a backup asks of the new server that it fills. Plain JSON; never a secret. */
export interface Likeness {
  readonly service: string;
  readonly set: { readonly id: string; readonly started: string | null; readonly major: number | null };
  /** The app's role, and the databases, as they are called in it. */
  readonly role: string;
  readonly databases: readonly DatabaseSpec[];
  /** The server that was backed up. */
  readonly server: Pick<DatabasePart, 'driver' | 'image' | 'major'> & {
    readonly owner: { readonly uid: number; readonly gid: number };
  };
  /** Name of an off-site target; `null`: the set lies on the backup volume of `node`. */
  readonly offsite: string | null;
  readonly node: { readonly id: string; readonly name: string; readonly volume: string };
  /** Those it needs; `null` where it cannot be told before it is fetched. */
  readonly extensions: readonly string[] | null;
  readonly needBytes: number;
  /** Where Nomad keeps its data on that node; `null`: not read. */
  readonly freeBytes: number | null;
  /** Absent: a new service is made, and the one of the backup goes on. */
  readonly again?: Again;
}

/** The service itself once more, after all else of it was lost: names stay, and its files may tell of the lost database. */
export interface Again {
  /** Databases of its names on the shared instance that nothing is in: what a fresh instance makes at its start. */
  readonly empty: readonly string[];
  /** Who the lost one was registered with: where the app asks. `null`: not told. */
  readonly provider: DatabasePart['provider'] | null;
}

/** The service with engine, major and image of the backup, where the inventory does not say others. */
export const alike = (service: InventoryService, { server }: Likeness): InventoryService => {
  if (service.image !== SAME_AS_SOURCE || service.driver !== server.driver) return service;
  return { ...service, image: server.image ?? SAME_AS_SOURCE, major: service.major ?? server.major };
};

const sameImage = ({ server }: Likeness, target: DatabasePart): boolean =>
  server.driver === target.driver && server.image === target.image && server.major === target.major;

/** Whose files they are: known of the server that was backed up. */
export const ownerAlike = (like: Likeness, target: DatabasePart): { uid: number; gid: number } | null =>
  sameImage(like, target) ? like.server.owner : null;

/**
 * What the databases become. One may get any name; of several each keeps its own, so that none is taken for another.
 * `told`: names that the app or the operator wants; empty when nobody said.
 */
export function renamed(
  like: Likeness,
  told: readonly string[],
  fallback: string,
): readonly { readonly from: string; readonly to: string }[] | null {
  const names = like.databases.map(({ name }) => name);
  if (like.again)
    return told.every((name) => names.includes(name)) ? names.map((name) => ({ from: name, to: name })) : null;
  if (names.length === 1) {
    const [from = ''] = names;
    return told.length > 1 ? null : [{ from, to: told[0] ?? fallback }];
  }
  const same = told.length === 0 || names.toSorted().join('\n') === told.toSorted().join('\n');
  return same ? (told.length === 0 ? names : told).map((name) => ({ from: name, to: name })) : null;
}

/** The same databases under their new names. */
export const specsOf = (like: Likeness, pairs: FillPlan['databases']): DatabaseSpec[] =>
  pairs.flatMap(({ from, to }) => like.databases.filter(({ name }) => name === from).map((s) => ({ ...s, name: to })));

const blocked = (code: string, text: string, next: string): Finding => ({ code, level: 'blocked', text, next });

export interface FillInput {
  readonly like: Likeness;
  readonly target: DatabasePart;
  readonly owner: { readonly uid: number; readonly gid: number } | null;
  readonly node: { readonly id: string; readonly name: string } | null;
  readonly pairs: FillPlan['databases'] | null;
  readonly extensions: readonly string[];
}

/** Everything in the way of filling that server with that backup. */
export const fillFindings = (input: FillInput): Finding[] => [
  ...nameFindings(input),
  ...majorFindings(input),
  ...extensionFindings(input),
  ...placeFindings(input),
  ...roomFindings(input),
];

const nameFindings = ({ like, pairs }: FillInput): Finding[] => {
  const names = like.databases.map(({ name }) => name).join(', ');
  if (like.role === 'postgres' || like.databases.some(({ name }) => name === 'postgres'))
    return [
      blocked(
        'BACKUP_OF_SYSTEM',
        `${like.service} uses the server's own superuser or its database postgres, which cannot get other names`,
        'follow RESTORE.md of the backup by hand',
      ),
    ];
  if (pairs !== null) return [];
  return [
    blocked(
      'DATABASE_AMBIGUOUS',
      `which database becomes which cannot be told: the backup holds ${names}`,
      ambiguousNext(like),
    ),
  ];
};

function ambiguousNext({ again, databases, service }: Likeness): string {
  if (again)
    return `the app asks for another one: look at the jobspec of ${service}, or take another copy (--from, --at)`;
  return databases.length > 1 ? 'name them as in the backup, all of them' : 'name one database';
}

const majorFindings = ({ like, target }: FillInput): Finding[] => {
  const major = like.set.major ?? like.server.major;
  return major === target.major
    ? []
    : [
        blocked(
          'MAJOR_DIFFERS',
          `the backup is of PostgreSQL ${major}, the new server would be ${target.major}: it would not be the same database`,
          'leave image and major of the new service out, or restore first and upgrade then',
        ),
      ];
};

const extensionFindings = (input: FillInput): Finding[] => {
  const { like, target, extensions } = input;
  const needed = (like.extensions ?? []).filter((name) => name !== 'plpgsql' && !extensions.includes(name));
  if (sameImage(like, target) || needed.length === 0) return [];
  return [
    blocked(
      'EXTENSION_MISSING',
      `the backup needs ${needed.join(', ')}; whether ${target.image ?? 'the new server'} has that is not known`,
      `leave image out, so that it is ${like.server.image ?? 'the same'}; or name them in extensions of the service`,
    ),
  ];
};

/** A set is read where it lies, by the same user. */
const placeFindings = ({ like, target, owner, node }: FillInput): Finding[] => {
  if (like.offsite !== null || node === null) return [];
  const why = [
    ...(node.id === like.node.id ? [] : [`on ${like.node.name}, the new server on ${node.name}`]),
    ...(target.backupVolume.source === like.node.volume ? [] : [`on volume ${like.node.volume}`]),
    ...(owner === null || owner.uid === like.server.owner.uid
      ? []
      : [`readable for user ${like.server.owner.uid} only`]),
  ];
  return why.length === 0
    ? []
    : [
        blocked(
          'SET_ELSEWHERE',
          `the backup lies ${why.join(', ')}: the new server could not read it`,
          'take its copy elsewhere: --offsite <target>',
        ),
      ];
};

const MIB = 1024 * 1024;

const roomFindings = ({ like, node }: FillInput): Finding[] =>
  like.freeBytes === null || node?.id !== like.node.id || like.freeBytes >= like.needBytes
    ? []
    : [
        blocked(
          'DISK_SHORT',
          `${node.name} has ${Math.floor(like.freeBytes / MIB)} MiB free where Nomad keeps its data; the new database needs ${Math.ceil(like.needBytes / MIB)} MiB`,
          `make room on ${node.name} (df -h), or take the copy elsewhere on another node`,
        ),
      ];
