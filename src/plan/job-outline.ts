import type { NomadJob, NomadTask, NomadTaskGroup } from '../ports/nomad.js';

/**
 * What a stranger needs of a job to understand a problem. Only what is named here is taken: values of the environment, texts of
 * templates and arguments of commands may hold a password in any form. Pure.
 */
export const jobOutline = (job: NomadJob): object => ({
  ...{ id: job.ID, namespace: job.Namespace, type: job.Type, status: job.Status, stop: job.Stop },
  ...{ version: job.Version, jobModifyIndex: job.JobModifyIndex, update: job.Update },
  groups: job.TaskGroups.map(groupOutline),
});

const groupOutline = (group: NomadTaskGroup): object => ({
  name: group.Name,
  count: group.Count,
  networks: (group.Networks ?? []).map(({ Mode, ReservedPorts, DynamicPorts }) => ({
    mode: Mode,
    ports: [...(ReservedPorts ?? []), ...(DynamicPorts ?? [])].map(({ Label, Value, To }) => ({ Label, Value, To })),
  })),
  volumes: Object.values(group.Volumes ?? {}).map(({ Name, Type, Source, ReadOnly }) => ({
    Name,
    Type,
    Source,
    ReadOnly,
  })),
  services: (group.Services ?? []).map(({ Name, Provider, PortLabel }) => ({ Name, Provider, PortLabel })),
  disk: group.EphemeralDisk,
  tasks: group.Tasks.map(taskOutline),
});

const PLAIN_CONFIG = ['image', 'network_mode', 'ports', 'force_pull'] as const;

const taskOutline = (task: NomadTask): object => ({
  ...{ name: task.Name, driver: task.Driver, user: task.User, lifecycle: task.Lifecycle, resources: task.Resources },
  ...{ killTimeout: task.KillTimeout, killSignal: task.KillSignal },
  config: Object.fromEntries(
    PLAIN_CONFIG.flatMap((key) => (task.Config?.[key] == null ? [] : [[key, task.Config[key]]])),
  ),
  environmentKeys: Object.keys(task.Env ?? {}),
  templates: (task.Templates ?? []).map(({ DestPath, Envvars, ChangeMode, EmbeddedTmpl }) => ({
    ...{ DestPath, Envvars, ChangeMode, characters: EmbeddedTmpl?.length ?? 0 },
  })),
});
