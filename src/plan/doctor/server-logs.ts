import { type Check, checksOf } from './check.js';
import { logLine } from './log-line.js';

const check = checksOf('volumes', ['nomad-token']);
const imageCheck = checksOf('images', ['nomad-token']);
const networkCheck = checksOf('network', ['nomad-token']);

/** A server that does not start cannot be asked by a restore; the way back leads to the shared instance. */
const fromBackup = (service: string | null): string =>
  service === null ? 'the newest backup (RESTORE.md beside it)' : `dbctl rollback ${service} --from backup`;

/** A server that does not start cannot be asked: its log tells what is wrong with its data, its image or its port. */
export const SERVER_LOGS_CHECKS: readonly Check[] = [
  check({
    id: 'data-permission',
    title: 'no server was denied its data',
    why: 'often NFS with root_squash: root on the node is nobody on the share',
    reads: ['logs'],
    look: ({ logs, inventory }) =>
      logLine(
        logs,
        inventory,
        /could not (?:open|change permissions|create).*(?:Permission denied|Operation not permitted)|data directory .* has (?:wrong ownership|invalid permissions)|cannot write to the data volume|chown:.*not permitted/i,
        {
          fix: () =>
            'ls -lan the volume on its node; own it by the uid of the image (70 alpine, 999 Debian); on NFS: no_root_squash, or make it with that uid',
          well: 'none was',
        },
      ),
  }),
  check({
    id: 'disk-full',
    title: 'no server ran out of room',
    why: 'it stops, and cannot even recover until there is some',
    reads: ['logs'],
    look: ({ logs, inventory }) =>
      logLine(logs, inventory, /No space left on device|Disk quota exceeded/i, {
        fix: () => 'df -h on the node; make room first, then nomad job restart',
        well: 'none did',
      }),
  }),
  check({
    id: 'data-half-made',
    title: 'no data folder is half made',
    why: 'an initdb that was interrupted leaves a folder that is neither empty nor a cluster',
    reads: ['logs'],
    look: ({ logs, inventory }) =>
      logLine(
        logs,
        inventory,
        /exists but is not empty|is not a valid data directory|is no PostgreSQL cluster|missing.*PG_VERSION|is expected, but .* holds none/i,
        {
          fix: (_, service) =>
            `was it used? Find its data (pgdata.retired-* on the volume, another volume) and bring it back; lost: ${fromBackup(service)}. Never used: empty the volume yourself, dbctl removes no data`,
          well: 'none is',
        },
      ),
  }),
  check({
    id: 'data-corrupt',
    title: 'no server met damaged data',
    why: 'pg_resetwal makes it start, and loses rows without a word',
    reads: ['logs'],
    look: ({ logs, inventory }) =>
      logLine(
        logs,
        inventory,
        /could not locate a valid checkpoint|invalid page in block|PANIC:|could not read block|incorrect resource manager data checksum|invalid (?:primary )?checkpoint record/i,
        {
          fix: (_, service) =>
            `copy the volume away first; put back what is missing where a copy of it is, else: ${fromBackup(service)}; dbctl backups shows which there are`,
          well: 'none did',
        },
      ),
  }),
  check({
    id: 'lock-file-stale',
    title: 'no server stumbles over a lock file',
    why: 'postmaster.pid of a killed server keeps the next one out; removed while one runs, two write to one folder',
    reads: ['logs'],
    look: ({ logs, inventory }) =>
      logLine(logs, inventory, /lock file ".*" already exists|another server (?:might be running|still holds)/i, {
        fix: (job) =>
          `make sure that no other allocation of job ${job} runs on any node, then nomad job restart; remove postmaster.pid only when nothing runs`,
        well: 'none does',
      }),
  }),
  imageCheck({
    id: 'image-major',
    title: 'no image was changed to another major',
    why: 'a server does not start on the files of another major; only a dump and restore carries them over',
    reads: ['logs'],
    look: ({ logs, inventory }) =>
      logLine(
        logs,
        inventory,
        /database files are incompatible with server|was initialized by PostgreSQL version|is of PostgreSQL \d+, this image is|the jobspec says \d+/i,
        {
          fix: () =>
            'put the image of before back; for an upgrade: image: of the service in dbctl.yaml, then dbctl migrate rehearses it',
          well: 'none was',
        },
      ),
  }),
  networkCheck({
    id: 'port-in-use',
    title: 'no server found its port taken',
    why: 'PostgreSQL ends at once, and Nomad starts it again and again',
    reads: ['logs'],
    look: ({ logs, inventory }) =>
      logLine(logs, inventory, /could not bind|Address already in use|could not create any TCP\/IP sockets/, {
        fix: (job) => `find who listens there (ss -ltnp on the node), then another static port for job ${job}`,
        well: 'none did',
      }),
  }),
];
