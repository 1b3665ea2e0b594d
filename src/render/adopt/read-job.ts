import type { NomadJob, NomadTask, NomadTaskGroup } from '../../ports/nomad.js';
import { attributeOf, blocksOf, type HclBlock, type HclBody, type HclFile } from '../splice/hcl-file.js';
import { type Resolve, resolver } from './resolve-text.js';

/**
 * The job of a file as Nomad would parse it, as far as a plan asks: without a server, by the defaults of the file's own
 * variables. What only Nomad can compute stays as it is written. `undefined`: the file holds no job.
 */
export function readJob(file: HclFile): NomadJob | undefined {
  const [block] = blocksOf(file, 'job');
  if (block === undefined) return undefined;
  const read = resolver(file);
  const textOf = (body: HclBody, name: string): string | undefined => read(attributeOf(body, name)?.value)?.text;
  const update = blocksOf(block.body, 'update')[0];
  const label = block.labels[0] ?? '';
  return {
    ID: textOf(block.body, 'id') ?? filled(label, read, file),
    ...defined('Type', textOf(block.body, 'type')),
    ...defined('Namespace', textOf(block.body, 'namespace')),
    ...(blocksOf(block.body, 'periodic').length > 0 ? { Periodic: {} } : {}),
    ...(blocksOf(block.body, 'parameterized').length > 0 ? { ParameterizedJob: {} } : {}),
    TaskGroups: [
      ...blocksOf(block.body, 'task').map((task) => groupAround(task, update, read, file)),
      ...blocksOf(block.body, 'group').map((group) => groupOf(group, update, read, file)),
    ],
  };
}

const defined = (name: string, value: unknown): object => (value === undefined ? {} : { [name]: value });

/** A label may hold `${var.x}`. */
const filled = (label: string, read: Resolve, { source }: HclFile): string =>
  label.replaceAll(/\$\{\s*((?:var|local)\.[\w-]+)\s*\}/g, (whole, name: string) => {
    const start = source.indexOf(name);
    return read({ start, end: start + name.length })?.text ?? whole;
  });

function groupOf(block: HclBlock, jobUpdate: HclBlock | undefined, read: Resolve, file: HclFile): NomadTaskGroup {
  const numberOf = (body: HclBody, name: string): number | undefined =>
    number(read(attributeOf(body, name)?.value)?.text);
  const update = blocksOf(block.body, 'update')[0] ?? jobUpdate;
  const disk = blocksOf(block.body, 'ephemeral_disk')[0];
  return {
    Name: filled(block.labels[0] ?? '', read, file),
    Count: numberOf(block.body, 'count') ?? 1,
    Update: { Canary: update === undefined ? 0 : (numberOf(update.body, 'canary') ?? 0) },
    EphemeralDisk: { Sticky: disk !== undefined && attributeOf(disk.body, 'sticky')?.value.literal === 'true' },
    Networks: blocksOf(block.body, 'network').map((network) => networkOf(network, read)),
    Services: blocksOf(block.body, 'service').map((service) => serviceOf(service, read)),
    Volumes: Object.fromEntries(blocksOf(block.body, 'volume').map((volume) => volumeOf(volume, read))),
    Tasks: blocksOf(block.body, 'task').map((task) => taskOf(task, read, file)),
  };
}

/** Nomad puts a task that stands in the job by itself into a group of its name (jobspec2/parse_job.go). */
const groupAround = (task: HclBlock, update: HclBlock | undefined, read: Resolve, file: HclFile): NomadTaskGroup =>
  groupOf({ ...task, body: { ...task.body, attributes: [], blocks: [task] } }, update, read, file);

const number = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;

const networkOf = ({ body }: HclBlock, read: Resolve): NonNullable<NomadTaskGroup['Networks']>[number] => ({
  Mode: read(attributeOf(body, 'mode')?.value)?.text ?? 'host',
  ReservedPorts: blocksOf(body, 'port').flatMap((port) => {
    const Value = number(read(attributeOf(port.body, 'static')?.value)?.text);
    return Value === undefined ? [] : [{ Label: port.labels[0] ?? '', Value, To: insideOf(port, read) }];
  }),
  DynamicPorts: blocksOf(body, 'port')
    .filter((port) => attributeOf(port.body, 'static') === undefined)
    .map((port) => ({ Label: port.labels[0] ?? '', Value: 0, To: insideOf(port, read) })),
});

const insideOf = ({ body }: HclBlock, read: Resolve): number => number(read(attributeOf(body, 'to')?.value)?.text) ?? 0;

/** Consul is Nomad's default. */
const serviceOf = ({ body }: HclBlock, read: Resolve): NonNullable<NomadTaskGroup['Services']>[number] => ({
  Name: read(attributeOf(body, 'name')?.value)?.text ?? '',
  Provider: read(attributeOf(body, 'provider')?.value)?.text ?? 'consul',
  PortLabel: read(attributeOf(body, 'port')?.value)?.text ?? '',
  Connect: { SidecarService: { Proxy: { Upstreams: upstreamBlocks(body).map((block) => upstreamOf(block, read)) } } },
});

const upstreamBlocks = (service: HclBody): HclBlock[] =>
  ['connect', 'sidecar_service', 'proxy', 'upstreams'].reduce<HclBlock[]>(
    (found, type, depth) => (depth === 0 ? blocksOf(service, type) : found.flatMap(({ body }) => blocksOf(body, type))),
    [],
  );

const upstreamOf = ({ body }: HclBlock, read: Resolve): { DestinationName: string; LocalBindPort: number } => ({
  DestinationName: read(attributeOf(body, 'destination_name')?.value)?.text ?? '',
  LocalBindPort: number(read(attributeOf(body, 'local_bind_port')?.value)?.text) ?? 0,
});

const volumeOf = (block: HclBlock, read: Resolve): [string, { Name: string; Type: string; Source: string }] => {
  const textOf = (name: string): string => read(attributeOf(block.body, name)?.value)?.text ?? '';
  const Name = block.labels[0] ?? '';
  return [Name, { Name, Type: textOf('type'), Source: textOf('source') }];
};

function taskOf({ labels, body }: HclBlock, read: Resolve, file: HclFile): NomadTask {
  const lifecycle = blocksOf(body, 'lifecycle')[0];
  const config = blocksOf(body, 'config')[0]?.body;
  return {
    Name: filled(labels[0] ?? '', read, file),
    Driver: read(attributeOf(body, 'driver')?.value)?.text ?? '',
    Config: config === undefined ? {} : configOf(config, read, file),
    Env: environment(body, read, file),
    Lifecycle: lifecycle === undefined ? null : lifecycleOf(lifecycle, read),
    Services: blocksOf(body, 'service').map((service) => serviceOf(service, read)),
    Templates: blocksOf(body, 'template').map((template) => ({
      EmbeddedTmpl: read(attributeOf(template.body, 'data')?.value)?.text ?? '',
      DestPath: read(attributeOf(template.body, 'destination')?.value)?.text ?? '',
      Envvars: attributeOf(template.body, 'env')?.value.literal === 'true',
    })),
  };
}

/** Lists and calls are kept as they are written. */
const configOf = (body: HclBody, read: Resolve, { source }: HclFile): Record<string, string> =>
  Object.fromEntries(
    body.attributes.map(({ name, value }) => [name, read(value)?.text ?? source.slice(value.start, value.end)]),
  );

const environment = (body: HclBody, read: Resolve, { source }: HclFile): Record<string, string> =>
  Object.fromEntries(
    [
      ...blocksOf(body, 'env').flatMap((block) => block.body.attributes),
      ...(attributeOf(body, 'env')?.value.entries ?? []),
    ].map(({ name, value }) => [name, read(value)?.text ?? source.slice(value.start, value.end)]),
  );

const lifecycleOf = ({ body }: HclBlock, read: Resolve): { Hook: string; Sidecar: boolean } => ({
  Hook: read(attributeOf(body, 'hook')?.value)?.text ?? '',
  Sidecar: attributeOf(body, 'sidecar')?.value.literal === 'true',
});
