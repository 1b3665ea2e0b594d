import { type Check, checksOf, found } from './check.js';
import { eachFiles } from './each-files.js';
import { nameOf } from './each-server.js';
import { jobsOf } from './jobs-of.js';
import { DEFAULT_OWNERS } from './owners.js';

const check = checksOf('volumes', ['nomad-token']);

const LOW_KB = 1_048_576;
const FULL_PERCENT = 90;
const SKEW_SECONDS = 30;

export const VOLUMES_CHECKS: readonly Check[] = [
  check({
    id: 'data-owner',
    title: 'data folders belong to the user of the server',
    why: 'PostgreSQL refuses a folder of somebody else: 70 in alpine images, 999 in Debian ones',
    reads: ['shared', 'dedicated'],
    look: (facts) =>
      eachFiles(facts, (server, { uid, owner, data }) =>
        uid === null || owner === null || uid === owner
          ? []
          : [
              {
                level: 'fail',
                evidence: `${nameOf(server)}: ${data} belongs to ${owner}, the server is ${uid}${DEFAULT_OWNERS[uid] ?? ''}`,
                fix: `stop the job, then on the node: chown -R ${uid}:${uid} <the volume>; nothing else may run on it meanwhile`,
              },
            ],
      ),
  }),
  check({
    id: 'data-mode',
    title: 'nobody else may read the data folders',
    why: 'PostgreSQL refuses other modes than 0700 and 0750, and the files hold everything',
    reads: ['shared', 'dedicated'],
    look: (facts) =>
      eachFiles(facts, (server, { mode, data }) =>
        mode === null || mode === '700' || mode === '750'
          ? []
          : [
              {
                level: 'warn',
                evidence: `${nameOf(server)}: ${data} has mode ${mode}`,
                fix: `nomad alloc exec -task ${server.task} ${server.allocId?.slice(0, 8) ?? ''} chmod 0700 ${data}`,
              },
            ],
      ),
  }),
  check({
    id: 'data-nfs',
    title: 'data folders lie on a disk of the node',
    why: 'NFS gives locks and flushes up when the network stutters; root_squash keeps the server out after a restart',
    reads: ['shared', 'dedicated'],
    look: (facts) =>
      eachFiles(facts, (server, { mount }) =>
        mount !== null && /^(?:nfs|cifs|smb|fuse\.sshfs|9p)/.test(mount.type)
          ? [
              {
                level: 'warn',
                evidence: `${nameOf(server)}: ${mount.point} is ${mount.type} (${mount.options.slice(0, 80)})`,
                fix: 'move it to a database with a volume on the node: dbctl migrate; keep the share for backups',
              },
            ]
          : [],
      ),
  }),
  check({
    id: 'data-on-volume',
    title: 'data folders lie on a volume',
    why: 'in the container itself, or in a volume without a name, the rows are gone with the next container (images from 18 on moved the folder)',
    reads: ['shared', 'dedicated'],
    look: (facts) =>
      eachFiles(facts, (server, { mount, data }) =>
        mount?.point === '/'
          ? [
              {
                level: 'fail',
                evidence: `${nameOf(server)}: ${data} is on the root of its task, on no volume`,
                fix: 'dump it now; then mount the volume where this major keeps its data (/var/lib/postgresql from 18 on)',
              },
            ]
          : [],
      ),
  }),
  check({
    id: 'disk-free',
    title: 'there is room left',
    why: 'a full disk stops the server in the middle of a write, and backups before it',
    reads: ['shared', 'dedicated'],
    look: (facts) =>
      eachFiles(facts, (server, { freeKb, usedPercent, mount }) =>
        freeKb === null || (freeKb >= LOW_KB && (usedPercent ?? 0) < FULL_PERCENT) || freeKb >= 20 * LOW_KB
          ? []
          : [
              {
                level: freeKb < LOW_KB ? 'fail' : 'warn',
                evidence: `${nameOf(server)}: ${Math.floor(freeKb / 1024)} MiB left at ${mount?.point ?? 'its data'} (${usedPercent ?? '?'} % used)`,
                fix: 'make room on that node: old images (docker system df), old dumps, closed databases (dbctl finalize)',
              },
            ],
      ),
  }),
  check({
    id: 'volume-exclusive',
    title: 'data volumes are for one writer',
    why: 'without single-node-single-writer a second allocation may start two servers on one folder',
    reads: ['cluster'],
    look: ({ cluster: { jobs }, inventory }) =>
      found(
        jobsOf(inventory, jobs).flatMap(({ job, service }) =>
          job.TaskGroups.filter(({ Tasks }) => Tasks.some(({ Name }) => Name === 'postgres')).flatMap((group) =>
            dataVolumes(group)
              .filter(({ AccessMode }) => AccessMode !== 'single-node-single-writer')
              .map(({ Source, AccessMode }) => ({
                level: 'warn' as const,
                service,
                evidence: `job ${job.ID}: volume ${Source} is asked for ${AccessMode ? `as ${AccessMode}` : 'without an access mode'}`,
                fix: 'access_mode = "single-node-single-writer" and attachment_mode = "file-system" in its volume block',
              })),
          ),
        ),
        'they are',
      ),
  }),
  check({
    id: 'volume-two-jobs',
    title: 'no two jobs mount one data volume',
    why: 'two servers on one folder destroy it: postmaster.pid does not protect across containers',
    reads: ['cluster'],
    look: ({ cluster: { jobs } }) => {
      const uses = jobs.flatMap((job) =>
        job.TaskGroups.filter(({ Tasks }) => Tasks.some(({ Name }) => Name === 'postgres')).flatMap((group) =>
          dataVolumes(group).map(({ Source }) => ({ job: job.ID, source: Source })),
        ),
      );
      return found(
        uses
          .filter(
            ({ source, job }, at) =>
              uses.findIndex((one) => one.source === source && one.job !== job) > -1 &&
              uses.findIndex((one) => one.source === source) !== at,
          )
          .map(({ source, job }) => ({ source, job, other: uses.find((one) => one.source === source)?.job ?? '' }))
          .map(({ source, job, other }) => ({
            level: 'fail',
            evidence: `volume ${source} is mounted by job ${job} and by job ${other}`,
            fix: `whichever came by mistake is stopped now: nomad job stop ${job}, or nomad job stop ${other}; then it gets a volume of its own`,
          })),
        `${uses.length} data volumes`,
      );
    },
  }),
  check({
    id: 'volume-orphaned',
    title: 'no data volume is used by nobody',
    why: 'it takes room, and nobody remembers whether the data in it matters',
    reads: ['cluster', 'journals'],
    look: ({ cluster: { volumes, jobs }, journals, inventory }) => {
      const used = new Set(
        jobs.flatMap(({ TaskGroups }) =>
          TaskGroups.flatMap(({ Volumes }) => Object.values(Volumes ?? {}).map(({ Source }) => Source)),
        ),
      );
      const ours = new Set(inventory.services.map(({ volume }) => volume.name));
      const going = journals.some(({ resume, locked }) => resume !== null || locked);
      return found(
        volumes
          .filter(({ Name }) => !going && !used.has(Name) && (ours.has(Name) || Name.startsWith('dbctl-')))
          .map(({ ID, Name, NodeID }) => ({
            level: 'warn',
            evidence: `volume ${Name} (${ID.slice(0, 8)}) on node ${NodeID.slice(0, 8)} is asked for by no job`,
            fix: `look what is in it, then: nomad volume delete -type host ${ID}`,
          })),
        `${volumes.length} volumes`,
      );
    },
  }),
  check({
    id: 'clock-skew',
    title: 'clocks agree',
    why: 'tokens of tasks are refused, schedules run at another hour, and ages of backups are wrong',
    reads: ['shared', 'dedicated'],
    look: (facts) =>
      eachFiles(facts, (server, { clock }) => {
        const skew = clock === null ? 0 : clock.task - clock.here;
        return Math.abs(skew) < SKEW_SECONDS
          ? []
          : [
              {
                level: 'warn',
                evidence: `the clock of the node of ${nameOf(server)} is ${Math.abs(skew)} s ${skew > 0 ? 'ahead of' : 'behind'} this machine's`,
                fix: 'timedatectl on both; set-ntp true',
              },
            ];
      }),
  }),
];

/** Told before the job that cannot be placed without it. */
export const LOST_CHECKS: readonly Check[] = [
  check({
    id: 'volume-lost',
    title: 'the volume of every moved database is there',
    why: 'the next start of the job finds no volume and waits, or another one',
    reads: ['cluster', 'journals'],
    look: ({ cluster: { volumes }, journals }) =>
      found(
        journals
          .filter(({ own, dataVolume }) => own && dataVolume !== null && !volumes.some(({ ID }) => ID === dataVolume))
          .map(({ service, dataVolume }) => ({
            level: 'fail',
            service,
            evidence: `Nomad has no volume ${dataVolume?.slice(0, 8)} any more, which the run made for its data`,
            fix: `nomad volume status -type host; the data may still be on the node's disk. dbctl rollback ${service} --from backup`,
          })),
        'they are',
      ),
  }),
];

interface VolumeAsked {
  readonly Source: string;
  readonly AccessMode?: string;
}

/** Volumes that the group's server writes to. */
const dataVolumes = (group: Parameters<typeof jobsOf>[1][number]['TaskGroups'][number]): VolumeAsked[] => {
  const server = group.Tasks.find(({ Name }) => Name === 'postgres');
  const mounts = (server?.['VolumeMounts'] ?? []) as { Volume: string; ReadOnly?: boolean; Destination?: string }[];
  return mounts
    .filter(({ ReadOnly, Destination }) => ReadOnly !== true && (Destination ?? '').includes('postgresql'))
    .flatMap(({ Volume }) => (group.Volumes?.[Volume] as VolumeAsked | undefined) ?? []);
};
