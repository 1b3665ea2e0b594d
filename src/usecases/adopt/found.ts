import { groupNetwork } from '../../plan/placement.js';
import { originText, type SeenClient } from '../../render/index.js';
import type { AdoptClient, AdoptFound } from '../../report/adopt-report.js';
import type { ReadFile } from './read-file.js';

/** What was read, without a value of any setting. */
export const foundIn = ({ job, servers, clients }: ReadFile): AdoptFound => ({
  job: { id: job.ID, type: job.Type ?? 'service', namespace: job.Namespace ?? 'default' },
  groups: job.TaskGroups.map((group) => ({
    name: group.Name,
    count: group.Count ?? 1,
    network: group.Networks?.[0]?.Mode?.startsWith('cni/') ? group.Networks[0].Mode : groupNetwork(group),
    tasks: group.Tasks.map(({ Name, Driver, Config }) => ({
      name: Name,
      driver: Driver,
      image: Config?.['image'] === undefined ? null : String(Config['image']),
    })),
    volumes: Object.values(group.Volumes ?? {}).map(({ Name, Type, Source }) => ({
      label: Name,
      type: Type,
      source: Source,
    })),
  })),
  servers: servers.map(({ group, task, engine, image, database, role, notes }) => ({
    group,
    task,
    engine,
    image,
    database,
    role,
    notes,
  })),
  clients: clients.map(clientFound),
});

const clientFound = ({ group, task, preset, by, addresses, databases, role, settings }: SeenClient): AdoptClient => ({
  ...{ group, task, app: { preset: preset.id, title: preset.title, by } },
  server: [...new Set(addresses.map(({ id }) => id))].join(', '),
  databases: databases.flatMap(({ value }) => value ?? []),
  role: role.value,
  settings: settings.map(({ setting, role: says }) => ({
    ...{ key: setting.key, role: says, place: setting.place, line: setting.line },
    made: setting.origins.map(originText),
  })),
});
