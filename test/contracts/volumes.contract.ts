import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { ClusterPort, HostVolumeSpec } from '../../src/ports/nomad.js';

export function volumesContract(name: string, rig: { port: () => ClusterPort }): void {
  const port = (): ClusterPort => rig.port();
  const spec = async (): Promise<HostVolumeSpec> => ({
    name: `dbctl-test-${randomUUID().slice(0, 8)}`,
    nodeId: (await port().nodes())[0]?.ID ?? '',
    parameters: { mode: '0700', uid: '0', gid: '0' },
    accessModes: ['single-node-single-writer'],
  });

  describe(`cluster: ${name}`, () => {
    test('a created volume is ready and listed with its path', async () => {
      const wanted = await spec();
      const made = await port().createHostVolume(wanted);
      expect(made).toMatchObject({ Name: wanted.name, NodeID: wanted.nodeId, State: 'ready', PluginID: 'mkdir' });
      const listed = (await port().hostVolumes()).find((volume) => volume.ID === made.ID);
      expect(listed).toMatchObject({ Name: wanted.name, Parameters: wanted.parameters });
      expect(listed?.HostPath).toContain('/');
      await port().deleteHostVolume(made.ID);
    });

    test('a second volume of the same name on the node is refused', async () => {
      const wanted = await spec();
      const made = await port().createHostVolume(wanted);
      await expect(port().createHostVolume(wanted)).rejects.toMatchObject({ code: 'NOMAD_REJECTED' });
      await port().deleteHostVolume(made.ID);
    });

    test('deleting is repeatable', async () => {
      const made = await port().createHostVolume(await spec());
      await port().deleteHostVolume(made.ID);
      await port().deleteHostVolume(made.ID);
      expect((await port().hostVolumes()).map((volume) => volume.ID)).not.toContain(made.ID);
    });

    test('an unknown service has no instances, an unknown node is an error', async () => {
      expect(await port().service('not-there')).toEqual([]);
      await expect(port().node(randomUUID())).rejects.toMatchObject({ code: 'NOMAD_REJECTED' });
    });
  });
}
