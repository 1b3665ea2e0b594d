import { isUnusable, type ServiceFacts } from '../facts.js';
import type { Finding } from '../types.js';

/** The data and one dump of it side by side; while a rehearsal runs there is no other copy. */
const COPIES = 2;
/** An empty cluster with its first write-ahead log. */
const CLUSTER_BYTES = 128 * 1024 * 1024;

/** Bytes the move needs at once, at most: a dump has no indexes and is smaller than its database. */
export const neededBytes = (databaseBytes: number): number => COPIES * databaseBytes + CLUSTER_BYTES;

/**
 * Blocks when the node's disk surely cannot hold the copy. Nomad tells of no volume how full it is: what is measured is the
 * file system of the app's allocation, where dynamic host volumes lie too unless host_volumes_dir says otherwise.
 */
export const diskFindings = ({ source, disk, node }: ServiceFacts): Finding[] => {
  if (isUnusable(source) || source.moving.length === 0 || node === null) return [];
  const need = neededBytes(source.moving.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
  if (disk.freeBytes === null)
    return [
      {
        code: 'DISK_UNKNOWN',
        level: 'info',
        text: `the free disk space of ${node.name} could not be read (${disk.unreadable ?? 'no answer'}); the move needs ${inMb(need)}`,
      },
    ];
  if (disk.freeBytes >= need) return [];
  return [
    {
      code: 'DISK_SHORT',
      level: 'blocked',
      text: `${node.name} has ${inMb(disk.freeBytes)} free where Nomad keeps its data; a dump and the new database need ${inMb(need)}`,
      next: `make room on ${node.name} (df -h), or put host_volumes_dir of its Nomad client on a larger disk`,
    },
  ];
};

const inMb = (bytes: number): string => `${Math.ceil(bytes / 1_000_000)} MB`;
