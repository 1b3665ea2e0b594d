import type { NomadJob, NomadTaskGroup } from '../../ports/nomad.js';
import { serviceName, TASKS } from '../names.js';
import type { DatabasePart, Driver } from '../types.js';

/** What a jobspec tells of the database that dbctl put into it. */
export interface SeenPart {
  readonly driver: Driver;
  readonly image: string | null;
  readonly port: number | null;
  /** Names of the volumes: the data's, and the backups'. */
  readonly volume: string | null;
  readonly backupVolume: string | null;
  /** Who it was registered with; `null`: with nobody. */
  readonly provider: DatabasePart['provider'] | null;
}

/** `null` for a job without a database of dbctl's. */
export function seenPart(job: NomadJob): SeenPart | null {
  const group = job.TaskGroups.find(({ Tasks }) =>
    [TASKS.postgres, TASKS.toolbox, TASKS.init].every((name) => Tasks.some(({ Name }) => Name === name)),
  );
  const task = group?.Tasks.find(({ Name }) => Name === TASKS.postgres);
  if (group === undefined || task === undefined) return null;
  const image = task.Config?.['image'];
  const port = Number(task.Env?.['PGPORT'] ?? Number.NaN);
  const mounts = mountsOf(task);
  const source = (backups: boolean): string | null =>
    sourceOf(group, mounts.find(({ Destination }) => (Destination === BACKUPS) === backups)?.Volume);
  return {
    driver: task.Driver as Driver,
    image: typeof image === 'string' ? image : null,
    port: Number.isInteger(port) ? port : null,
    volume: source(false),
    backupVolume: source(true),
    provider: providerOf(group),
  };
}

const providerOf = ({ Services }: NomadTaskGroup): SeenPart['provider'] => {
  const own = Services?.find(({ Name }) => Name.endsWith(serviceName('')));
  return own === undefined ? null : own.Provider === 'nomad' ? 'nomad' : 'consul';
};

const BACKUPS = '/backups';

interface Mount {
  readonly Volume?: string;
  readonly Destination?: string;
}

const mountsOf = (task: NomadTaskGroup['Tasks'][number]): readonly Mount[] =>
  Array.isArray(task['VolumeMounts']) ? (task['VolumeMounts'] as Mount[]) : [];

const sourceOf = ({ Volumes }: NomadTaskGroup, label: string | undefined): string | null =>
  label === undefined ? null : (Volumes?.[label]?.Source ?? null);

/** In words, where a file that is registered as it stands would not give the planned database. */
export const partDifferences = (seen: SeenPart, target: DatabasePart): string[] =>
  [
    ['driver', seen.driver, target.driver],
    ['image', seen.image ?? 'none', target.image ?? 'none'],
    ['port', seen.port, target.port],
    ['volume', seen.volume, target.volume.source],
    ['backup volume', seen.backupVolume, target.backupVolume.source],
  ].flatMap(([what, has, wants]) => (has === wants ? [] : [`${what} ${has}, planned ${wants}`]));
