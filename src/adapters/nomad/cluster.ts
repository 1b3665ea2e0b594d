import pLimit from 'p-limit';
import { z } from 'zod';
import { DbctlError, isDbctlError } from '../../errors/dbctl-error.js';
import type { Clock } from '../../ports/clock.js';
import type { ClusterPort, HostVolume, HostVolumeSpec, Json } from '../../ports/nomad.js';
import { type NomadHttp, parseJson } from './http.js';
import { check, list, toAllocations, toHostVolume, toServices } from './schemas.js';
import { segment } from './segment.js';

const READY_DEADLINE_MS = 30_000;
const POLL_MS = 200;
/** How long a request whose answer was lost may take to show. */
const APPEAR_MS = 3_000;
const DETAILS_AT_ONCE = 4;
const nodeStub = z.looseObject({
  ID: z.string(),
  Name: z.string(),
  Status: z.string(),
  SchedulingEligibility: z.string(),
});

const csiStub = z.looseObject({ ID: z.string(), Schedulable: z.boolean() });

export const clusterAdapter = (http: NomadHttp, clock: Clock): ClusterPort => ({
  nodes: async () => list(await http.get('/v1/nodes'), (item) => check(nodeStub, item, 'node')),
  async node(id) {
    const found = await http.get(`/v1/node/${segment(id)}`);
    if (found === undefined)
      throw new DbctlError('NOMAD_REJECTED', 'the node is not known to Nomad', { where: `node ${id}` });
    return check(z.record(z.string(), z.unknown()), found, 'node') as Record<string, Json>;
  },
  nodeAllocations: async (nodeId) => toAllocations((await http.get(`/v1/node/${segment(nodeId)}/allocations`)) ?? []),
  service: async (name) => toServices((await http.get(`/v1/service/${segment(name)}`)) ?? []),
  hostVolumes: () => hostVolumes(http),
  csiVolumes: async () =>
    list(await http.get('/v1/volumes', { query: { type: 'csi' } }), (item) => check(csiStub, item, 'volume'))
      .filter(({ Schedulable }) => Schedulable)
      .map(({ ID }) => ID),
  createHostVolume: (spec) => createHostVolume(http, clock, spec),
  deleteHostVolume: (id) => deleteHostVolume(http, id),
});

/** With details of each: the list itself lacks host path, parameters and allocations. */
async function hostVolumes(http: NomadHttp): Promise<HostVolume[]> {
  const stubs = list(await http.get('/v1/volumes', { query: { type: 'host' } }), toHostVolume);
  const limit = pLimit(DETAILS_AT_ONCE);
  const found = await Promise.all(stubs.map((stub) => limit(() => hostVolume(http, stub.ID))));
  return found.filter((volume) => volume !== undefined);
}

async function hostVolume(http: NomadHttp, id: string): Promise<HostVolume | undefined> {
  const found = await http.get(`/v1/volume/host/${segment(id)}`);
  return found === undefined ? undefined : toHostVolume(found);
}

/**
 * Not idempotent: a second volume of that name on the node is refused by Nomad (NOMAD_REJECTED). After a lost answer a volume
 * that was not there before is the one that was asked for.
 */
async function createHostVolume(http: NomadHttp, clock: Clock, spec: HostVolumeSpec): Promise<HostVolume> {
  const before = await volumesLike(http, spec);
  const created = await sendVolume(http, spec).catch(async (error: unknown) => {
    if (!isDbctlError(error, 'NOMAD_OUTCOME_UNKNOWN')) throw error;
    const fresh = await appearing(http, clock, spec, new Set(before.map(({ ID }) => ID)));
    return fresh ?? (await sendVolume(http, spec));
  });
  return waitReady(http, clock, created);
}

const volumesLike = async (http: NomadHttp, { name, nodeId }: HostVolumeSpec): Promise<HostVolume[]> =>
  list(await http.get('/v1/volumes', { query: { type: 'host' } }), toHostVolume).filter(
    (volume) => volume.Name === name && volume.NodeID === nodeId,
  );

async function appearing(
  http: NomadHttp,
  clock: Clock,
  spec: HostVolumeSpec,
  known: ReadonlySet<string>,
): Promise<HostVolume | undefined> {
  for (const deadline = clock.monotonic() + APPEAR_MS; clock.monotonic() < deadline; await clock.sleep(POLL_MS)) {
    const fresh = (await volumesLike(http, spec)).find(({ ID }) => !known.has(ID));
    if (fresh) return fresh;
  }
  return undefined;
}

async function sendVolume(http: NomadHttp, spec: HostVolumeSpec): Promise<HostVolume> {
  const body = {
    Name: spec.name,
    PluginID: 'mkdir',
    NodeID: spec.nodeId,
    Parameters: spec.parameters,
    RequestedCapabilities: spec.accessModes.map((AccessMode) => ({ AttachmentMode: 'file-system', AccessMode })),
  };
  const reply = parseJson(await http.send('PUT', '/v1/volume/host/create', { Volume: body }));
  const { Volume } = check(z.looseObject({ Volume: z.unknown() }), reply, 'host volume');
  return toHostVolume(Volume);
}

async function waitReady(http: NomadHttp, clock: Clock, created: HostVolume): Promise<HostVolume> {
  const deadline = clock.monotonic() + READY_DEADLINE_MS;
  for (;;) {
    const seen = await hostVolume(http, created.ID);
    if (seen?.State === 'ready') return seen;
    if (clock.monotonic() >= deadline) {
      throw new DbctlError('NOMAD_UNAVAILABLE', `the volume was not ready within ${READY_DEADLINE_MS / 1000} s`, {
        where: `volume ${created.Name} (${created.ID})`,
        value: seen?.State ?? 'gone',
      });
    }
    await clock.sleep(POLL_MS);
  }
}

async function deleteHostVolume(http: NomadHttp, id: string): Promise<void> {
  await http
    .send('DELETE', `/v1/volume/host/${segment(id)}/delete`, undefined, { pass: [404], repeatable: true })
    .catch((error: unknown) => {
      // Nomad answers 500 for an absent volume; absent is success.
      if (!isDbctlError(error) || !error.value?.includes('no such volume')) throw error;
    });
}
