import { majorOf, tagMajor } from '../image.js';
import { type Endpoint, endpointOf } from './endpoints.js';
import { ENGINES, engineOf, imageOf } from './engines.js';
import { taskAt } from './looks.js';
import { type ServerNames, serverNames } from './server-names.js';
import type { Engine, ServerLook, TaskPlace, World } from './types.js';

/** A server with all that is known of it before anybody's settings are looked at. */
export interface KnownServer {
  readonly look: ServerLook;
  readonly engine: Engine;
  readonly image: string | null;
  readonly major: number | null;
  readonly names: ServerNames;
  readonly endpoint: Endpoint;
}

export const isSame = (one: TaskPlace, other: TaskPlace): boolean =>
  one.job === other.job && one.group === other.group && one.task === other.task;

export const placeText = ({ job, task }: TaskPlace): string => (job === task ? job : `${job}/${task}`);

export const knownServers = (world: World): KnownServer[] =>
  world.servers.flatMap((look) => {
    const task = taskAt(world.jobs, look);
    const engine = task === undefined ? undefined : engineOf(task);
    if (task === undefined || engine === undefined) return [];
    const endpoint = endpointOf(world, { ...look, engine });
    if (endpoint === undefined) return [];
    const image = imageOf(task);
    const version = look.answer?.version ?? null;
    return [
      {
        ...{ look, engine, endpoint },
        image: image === '' ? null : image,
        major: version === null ? majorOfImage(image) : majorOf(version),
        names: serverNames(engine, task, look.settings),
      },
    ];
  });

/** `timescaledb:2.14-pg16` tells its own version first. */
const majorOfImage = (image: string): number | null =>
  Number(/[:.-]pg(\d{1,2})(?![\d.])/.exec(image)?.[1] ?? Number.NaN) || (tagMajor(image) ?? null);

/** Databases that a server is known to have: by its own word, else by what its image makes. */
export const presentIn = ({ look, engine, names }: KnownServer): string[] => {
  if (look.answer !== null) return look.answer.databases.map(({ name }) => name);
  return [...(names.database === null ? [] : [names.database.name]), ...ENGINES[engine].own];
};
