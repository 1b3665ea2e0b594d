import type { NomadTask } from '../../ports/nomad.js';
import { toldPorts } from './endpoints.js';
import { serverNames } from './server-names.js';
import type { Engine, Settings, Spot } from './types.js';

/** How a server may be asked from inside of its own task. Without a port: at the only socket that is there. */
export interface Door {
  readonly user: string;
  readonly port?: number;
}

/**
 * The likeliest first. What a server is told is not always what it does: a configuration file wins over PGPORT, and then it
 * listens on a port that its allocation holds; a script may make its first user by another name.
 */
export const doorsOf = (engine: Engine, task: NomadTask, settings: Settings, spot: Spot): Door[] => {
  const [told] = toldPorts(task, settings);
  const ports = [...new Set([told, ...spot.ports])];
  return ports.flatMap((port) =>
    usersOf(engine, task, settings).map((user) => (port === undefined ? { user } : { user, port })),
  );
};

const usersOf = (engine: Engine, task: NomadTask, settings: Settings): string[] => {
  const byImage = serverNames(engine, task, settings).user?.name;
  if (byImage !== undefined) return [byImage];
  const told = ['POSTGRES_USER', 'POSTGRES_USER_FILE', 'PGUSER'].map((key) => settings.values.get(key) ?? '');
  return [...new Set([...told.filter((name) => name !== ''), 'postgres'])];
};
