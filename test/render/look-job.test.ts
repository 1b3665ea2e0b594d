import { describe, expect, it } from 'vitest';
import { volumeProblem } from '../../src/pipeline/look-at-volume.js';
import { renderLookJob } from '../../src/render/look-job.js';
import { expectGolden } from './golden.js';
import { dockerPart, samplePart } from './sample-part.js';

const job = {
  jobId: 'dbctl-look-speedtest-20261120-211530-ab12',
  namespace: 'default',
  datacenters: ['dc1'],
  nodeId: '5f2b',
  backups: true,
};

describe('a look into a volume that dbctl did not make', () => {
  it('mounts everything read-only', () => {
    const text = renderLookJob(samplePart({ volume: { label: 'data', kind: 'host', source: 'pg' } }), job);
    expectGolden('look-exec-host.nomad.hcl', text);
    expect(text).not.toContain('read_only       = false');
    expect(text.match(/read_only {3}= true/g)).toHaveLength(2);
  });

  it('asks for no backup volume where none was made yet: it would never be placed', () => {
    const part = samplePart({ volume: { label: 'data', kind: 'host', source: 'pg' } });
    expect(renderLookJob(part, { ...job, backups: false }).match(/^ {4}volume "/gm)).toHaveLength(1);
  });

  it('runs under the image of the database, on CSI volumes too', () => {
    const csi = { label: 'data', kind: 'csi', source: 'pg' } as const;
    expectGolden('look-docker-csi.nomad.hcl', renderLookJob(dockerPart({ volume: csi, backupVolume: csi }), job));
  });

  it.each([
    ['empty', 'none', true],
    ['empty', 'expected', true],
    ['cluster', 'retired', true],
    ['other', 'retired', true],
    ['cluster', 'none', false],
    ['cluster', 'expected', false],
    ['cluster', 'new', false],
    ['other', 'none', false],
    ['unreadable', 'retired', false],
    ['', '', false],
  ])('that finds %s, with a state of %s, lets a server start: %s', (found, state, free) => {
    expect(volumeProblem([found, state]) === undefined).toBe(free);
  });
});
