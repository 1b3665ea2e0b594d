import type { NomadJob, NomadTask } from '../ports/nomad.js';

/** How clients may name the shared instance. */
export interface InstanceName {
  readonly service: string;
  readonly address: { readonly host: string; readonly port: number } | undefined;
}

/** Tasks that ask for the instance by a lookup, a Consul name or its address; a path or a URL's scheme is no such thing. */
export const tasksNaming = (job: NomadJob, instance: InstanceName): NomadTask[] =>
  job.TaskGroups.flatMap(({ Tasks }) =>
    Tasks.filter((task) => settingTexts(task).some((text) => namesInstance(text, instance))),
  );

/** Everything a task is told: its environment and its templates. May hold secrets: never shown. */
export const settingTexts = (task: NomadTask): string[] => [
  ...Object.values(task.Env ?? {}),
  ...(task.Templates ?? []).map(({ EmbeddedTmpl }) => EmbeddedTmpl ?? ''),
];

const namesInstance = (text: string, { service, address }: InstanceName): boolean => {
  const name = service.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const lookup = new RegExp(
    `(?:nomadService|service)\\s+["\`](?:[\\w-]+\\.)?${name}["\`|@]|(?<![\\w-])${name}\\.service\\.`,
    'u',
  );
  return lookup.test(text) || (address !== undefined && text.includes(`${address.host}:${address.port}`));
};
