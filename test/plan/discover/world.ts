import { withArguments } from '../../../src/plan/discover/argument-urls.js';
import { discover } from '../../../src/plan/discover/index.js';
import { filePaths, findClients, findServers, taskAt } from '../../../src/plan/discover/looks.js';
import type {
  AnsweredSessions,
  Instance,
  ServerAnswer,
  Settings,
  Spot,
  World,
} from '../../../src/plan/discover/types.js';
import { masked, writtenPairs } from '../../../src/plan/discover/written.js';
import type { AppEnvironment } from '../../../src/plan/facts.js';
import { fileTemplates } from '../../../src/plan/locate.js';
import type { NomadJob, NomadTask, NomadTaskGroup } from '../../../src/ports/nomad.js';
import { configSettings, PRESETS } from '../../../src/render/index.js';

export const NOW = new Date('2026-11-28T12:00:00Z');
export const SERVER_ADDRESS = '10.0.0.5';

export const taskOf = (name: string, image: string, more: Partial<NomadTask> = {}): NomadTask => ({
  Name: name,
  Driver: 'docker',
  Config: image === '' ? {} : { image },
  ...more,
});

export const jobOf = (id: string, tasks: NomadTask[], group: Partial<NomadTaskGroup> = {}): NomadJob => ({
  ID: id,
  TaskGroups: [{ Name: id, Networks: [{ Mode: 'bridge' }], Tasks: tasks, ...group }],
});

/** An app of one task, as most are written. */
export const app = (id: string, image: string, env: Record<string, string>, more: Partial<NomadTask> = {}): NomadJob =>
  jobOf(id, [taskOf(id, image, { Env: env, ...more })]);

/** A template with `env = true`. */
export const envTemplate = (text: string): Partial<NomadTask> => ({
  Templates: [{ EmbeddedTmpl: text, DestPath: 'secrets/app.env', Envvars: true }],
});

export const fileTemplate = (text: string): Partial<NomadTask> => ({
  Templates: [{ EmbeddedTmpl: text, DestPath: 'local/config.yml' }],
});

/** The shared instance: job and service `postgresql` at 10.0.0.5:5432. */
export const sharedServer = (env: Record<string, string> = {}, image = 'postgres:16-alpine'): NomadJob =>
  jobOf('postgresql', [taskOf('postgres', image, { Env: env })], {
    Networks: [{ Mode: 'host', ReservedPorts: [{ Label: 'db', Value: 5432 }] }],
    Services: [{ Name: 'postgresql', Provider: 'nomad', PortLabel: 'db' }],
  });

export const answer = (
  databases: readonly string[],
  sessions: readonly (readonly [database: string, role: string, count: number])[] = [],
  roles: readonly string[] = [],
): ServerAnswer => ({
  systemIdentifier: '7001',
  version: 160_004,
  databases: ['postgres', ...databases].map((name) => ({ name, owner: name, sizeBytes: 9_000_000, open: true })),
  roles: [...new Set(['postgres', ...databases, ...roles, ...sessions.map(([, role]) => role)])],
  sessions: sessions.map(
    ([database, role, count]): AnsweredSessions => ({ database, role, address: '10.0.0.9', count }),
  ),
});

export interface Story {
  readonly jobs: readonly NomadJob[];
  /** What tasks see when they run, by `job/task`; the others can only be read in their jobspec. */
  readonly live?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** What servers answer, by `job/task`. */
  readonly answers?: Readonly<Record<string, ServerAnswer>>;
  /** What an app's own file or tool says, by `job/task`. */
  readonly own?: Readonly<Record<string, Partial<AppEnvironment>>>;
  readonly spots?: readonly Spot[];
  readonly instances?: readonly Instance[];
  readonly catalogs?: World['catalogs'];
}

const keyOf = ({ job, task }: { job: string; task: string }): string => `${job}/${task}`;

/** The same steps as the use-case takes, with a cluster made of plain values. */
export const worldOf = (story: Story): World => {
  const { jobs, live = {}, answers = {}, own = {} } = story;
  const servers = findServers(jobs);
  const settings = (
    place: { job: string; group: string; task: string },
    keys: readonly { key: string }[],
  ): Settings => {
    const seen = live[keyOf(place)];
    const task = taskAt(jobs, place);
    const all =
      seen === undefined ? (task === undefined ? new Map() : writtenPairs(task)) : new Map(Object.entries(seen));
    const asked = keys.flatMap(({ key }): [string, string][] => (all.has(key) ? [[key, all.get(key) ?? '']] : []));
    return { values: new Map(asked), unreadable: seen === undefined ? 'the task does not run' : null };
  };
  return {
    jobs,
    spots:
      story.spots ??
      jobs.flatMap((job) =>
        spotsOf(
          job,
          servers.some((server) => server.job === job.ID),
        ),
      ),
    instances: story.instances ?? jobs.flatMap(instancesOf),
    servers: servers.map((server) => ({
      ...{ job: server.job, group: server.group, task: server.task },
      settings: settings(server, server.keys),
      answer: answers[keyOf(server)] ?? null,
      silent: answers[keyOf(server)] === undefined ? 'nobody asked it' : null,
    })),
    clients: findClients(jobs, PRESETS, configSettings).map((client) => {
      const place = { job: client.job, group: client.group, task: client.task };
      const said = own[keyOf(client)];
      const base = { ...place, preset: client.preset?.id ?? '', host: null, port: null, databases: [], role: null };
      return {
        ...place,
        preset: client.preset,
        settings: withArguments(taskAt(jobs, place) ?? taskOf('', ''), settings(client, client.keys)),
        files: filesOf(jobs, place),
        app: said === undefined ? null : { ...base, group: client.group, unreadable: null, ...said },
      };
    }),
    catalogs: story.catalogs ?? [],
    gaps: [],
    now: NOW,
  };
};

export const discovered = (story: Story): ReturnType<typeof discover> => discover(worldOf(story));

const filesOf = (
  jobs: readonly NomadJob[],
  place: { job: string; group: string; task: string },
): [string, string][] => {
  const task = taskAt(jobs, place);
  const paths = task === undefined ? [] : filePaths(task, configSettings).map(({ path }) => path);
  return (task === undefined ? [] : fileTemplates(task)).flatMap(({ text }) =>
    configSettings(masked(text)).filter(([path]) => paths.includes(path)),
  );
};

const spotsOf = (job: NomadJob, isServer: boolean): Spot[] =>
  job.TaskGroups.map((group) => ({
    allocId: `${job.ID}-${group.Name}`,
    job: job.ID,
    group: group.Name,
    nodeId: 'node-id-1',
    nodeName: 'node-1',
    address: isServer ? SERVER_ADDRESS : '10.0.0.9',
    ports: (group.Networks ?? []).flatMap(({ ReservedPorts }) => (ReservedPorts ?? []).map(({ Value }) => Value)),
  }));

const instancesOf = (job: NomadJob): Instance[] =>
  job.TaskGroups.flatMap((group) =>
    (group.Services ?? []).map(({ Name, PortLabel }) => {
      const ports = (group.Networks ?? []).flatMap(({ ReservedPorts }) => ReservedPorts ?? []);
      const port = ports.find(({ Label }) => Label === PortLabel)?.Value ?? (Number(PortLabel) || 5432);
      return { service: Name, address: SERVER_ADDRESS, port };
    }),
  );
