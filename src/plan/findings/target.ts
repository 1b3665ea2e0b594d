import type { InventoryService } from '../../inventory/types.js';
import type { NodeFacts, ServiceFacts, SourceFacts } from '../facts.js';
import { imageChange } from '../image.js';
import { versionFindings } from '../majors.js';
import type { DatabasePart, Finding } from '../types.js';

interface TargetInput {
  readonly service: InventoryService;
  readonly facts: ServiceFacts;
  readonly source: SourceFacts;
  readonly target: DatabasePart;
  readonly effectiveKillTimeoutSeconds: number;
}

/** What stands in the way of the new server on its node. */
export const targetFindings = (input: TargetInput): Finding[] => [
  ...versionFindings(input.service, input.source),
  ...imageChange(input.service, input.source, input.target),
  ...volume(input),
  ...(input.facts.node === null ? [] : nodeFindings(input.facts.node, input.target)),
  ...killTimeout(input),
  ...backups(input.service),
  ...sqlite(input.facts),
];

const nodeFindings = (node: NodeFacts, target: DatabasePart): Finding[] => [
  ...(node.drivers.includes(target.driver)
    ? []
    : [
        blocked(
          'DRIVER_MISSING',
          `${node.name} has no healthy ${target.driver} driver`,
          `set driver to one of: ${node.drivers.join(', ') || 'none'}`,
        ),
      ]),
  ...(node.eligible
    ? []
    : [
        blocked(
          'NODE_INELIGIBLE',
          `${node.name} takes no new allocations`,
          `nomad node eligibility -enable ${node.id}`,
        ),
      ]),
];

const blocked = (code: string, text: string, next: string): Finding => ({ code, level: 'blocked', text, next });

const volume = ({ service, facts, target }: TargetInput): Finding[] => {
  const { node } = facts;
  switch (service.volume.kind) {
    case 'ephemeral':
      return [
        blocked(
          'VOLUME_KIND',
          'an ephemeral disk goes with its allocation: whatever was written after the last dump is lost when the node or the task dies before the dump at its stop is complete, so no write could be promised to last',
          'use kind: dynamic, or kind: host for a volume of the client configuration',
        ),
      ];
    case 'csi':
      return csiVolumes(facts, target);
    case 'host':
      return node === null || node.hostVolumes.includes(target.volume.source)
        ? []
        : [
            blocked(
              'VOLUME_MISSING',
              `${node.name} has no host volume ${target.volume.source}`,
              'add it to the client configuration, or use kind: dynamic',
            ),
          ];
    case 'dynamic':
      return dynamicVolume(facts, target.volume.source);
  }
};

/** What each of the two must be able to do; the words are those of `nomad volume create`. */
const csiVolumes = ({ csiVolumes: known }: ServiceFacts, target: DatabasePart): Finding[] => {
  const wanted = [
    { source: target.volume.source, mode: 'single-node-writer' },
    { source: target.backupVolume.source, mode: 'multi-node-multi-writer' },
  ];
  const missing = wanted
    .filter(({ source }) => !known.includes(source))
    .map(({ source, mode }) =>
      blocked(
        'VOLUME_MISSING',
        `no CSI volume ${source} can be scheduled`,
        `nomad volume create a volume of that id with access_mode "${mode}", attachment_mode "file-system", writable by the image's postgres user`,
      ),
    );
  if (missing.length > 0) return missing;
  const text = 'CSI volumes are rendered and validated, but dbctl has never been run on a real CSI plugin';
  return [{ code: 'VOLUME_CSI', level: 'warn', text, next: 'rehearse first: dbctl migrate --rehearse' }];
};

const dynamicVolume = ({ node, volumes, ownVolume }: ServiceFacts, name: string): Finding[] => {
  if (node === null) return [];
  if (olderThan(node.nomadVersion, OLDEST_WITH_VOLUMES))
    return [
      blocked(
        'NOMAD_TOO_OLD',
        `${node.name} runs Nomad ${node.nomadVersion}; dynamic host volumes need ${OLDEST_WITH_VOLUMES.join('.')}`,
        'update Nomad there, or use volume: { kind: host } with a volume of the client configuration',
      ),
    ];
  if (!node.volumePlugins.includes('mkdir'))
    return [
      blocked(
        'VOLUME_PLUGIN',
        `${node.name} cannot make dynamic host volumes (plugin mkdir, Nomad 1.10)`,
        'update Nomad there, or use kind: host',
      ),
    ];
  const elsewhere = volumes.filter((item) => item.name === name && item.nodeId !== node.id);
  if (elsewhere.length > 0)
    return [
      blocked(
        'VOLUME_ELSEWHERE',
        `a volume ${name} exists on another node (${elsewhere.map(({ nodeId }) => nodeId.slice(0, 8)).join(', ')})`,
        'delete it if it holds nothing of worth, or give the service another volume name',
      ),
    ];
  const here = volumes.find((item) => item.name === name);
  if (here !== undefined && here.id !== ownVolume)
    return [
      blocked(
        'VOLUME_NOT_OURS',
        `volume ${name} exists already on ${node.name}, and no run of dbctl made it: it may hold data`,
        `nomad volume status -type host ${here.id}: look what it holds; then set another volume name, or: nomad volume delete -type host ${here.id}`,
      ),
    ];
  return here !== undefined
    ? [
        {
          code: 'VOLUME_EXISTS',
          level: 'info',
          text: `volume ${name} exists already; a cluster left in it is moved aside, never overwritten`,
        },
      ]
    : [];
};

const OLDEST_WITH_VOLUMES = [1, 10] as const;

/** `1.9.7` is older than 1.10; a version that cannot be read is not. */
const olderThan = (version: string, [major, minor]: readonly [number, number]): boolean => {
  const [, first, second] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  if (first === undefined || second === undefined) return false;
  return Number(first) < major || (Number(first) === major && Number(second) < minor);
};

const killTimeout = ({ facts, target, effectiveKillTimeoutSeconds: effective }: TargetInput): Finding[] => {
  if (facts.node === null || effective >= target.killTimeoutSeconds) return [];
  const known = facts.node.maxKillTimeoutSeconds !== null;
  return [
    {
      code: 'KILL_TIMEOUT_CUT',
      level: known ? 'warn' : 'info',
      text: `PostgreSQL gets ${effective} s to stop, not ${target.killTimeoutSeconds} s: ${known ? "the client's max_kill_timeout" : 'the default max_kill_timeout of a client, which Nomad does not show'}`,
      next: `set max_kill_timeout = "${target.killTimeoutSeconds}s" on the client`,
    },
  ];
};

const backups = (service: InventoryService): Finding[] =>
  service.backup.offsite.length > 0 || service.finalize.offsite === 'waived'
    ? []
    : [
        {
          code: 'BACKUP_OFFSITE_MISSING',
          level: 'info',
          text: 'no off-site target: a copy on the same disk counts as no backup, so finalize will keep the old database',
          next: 'set backup.offsite, or finalize: { offsite: waived }',
        },
      ];

/** Kinds of app that are better off without a server of their own. */
const SQLITE_APPS = /(?:^|\/)(?:homepage|traefik|calibre(?:-web)?|audiobookshelf|uptime-kuma|prometheus|loki)(?::|@|$)/;

const sqlite = ({ job }: ServiceFacts): Finding[] => {
  const images = (job?.TaskGroups ?? []).flatMap((group) =>
    group.Tasks.map((task) => String(task.Config?.['image'] ?? '')),
  );
  const found = images.find((image) => SQLITE_APPS.test(image));
  return found === undefined
    ? []
    : [
        {
          code: 'SQLITE_WOULD_DO',
          level: 'info',
          text: `${found} keeps little data: SQLite would do and needs no server`,
        },
      ];
};
