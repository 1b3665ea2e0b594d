import { describe, expect, it } from 'vitest';
import { renderToolsJob } from '../../src/render/tools-job.js';
import { expectGolden } from './golden.js';
import { dockerPart, samplePart } from './sample-part.js';

const SUM = 'ab'.repeat(32);

const job = {
  jobId: 'dbctl-tools-speedtest',
  namespace: 'default',
  datacenters: ['dc1'],
  nodeId: '5f2b',
  pin: 'ba9876543210',
  tools: [
    { name: 'rclone', url: 'https://downloads.rclone.org/v1.75.1/rclone-v1.75.1-linux-amd64.zip', sha256: SUM },
    { name: 'age', url: 'https://example.org/age-v1.3.2-linux-amd64.tar.gz', sha256: 'cd'.repeat(32) },
  ],
} as const;

describe('the job that puts rclone and age on the backup volume', () => {
  it('has an artifact with its checksum for each, and the backup volume alone', () => {
    const text = renderToolsJob(samplePart(), job);
    expectGolden('tools-exec.nomad.hcl', text);
    expect(text.match(/^ {4}volume "/gm)).toHaveLength(1);
    expect(text).toContain(`checksum = "sha256:${SUM}"`);
  });

  it('runs under the image of the database, on CSI volumes too, with rclone alone', () => {
    const csi = { label: 'data', kind: 'csi', source: 'pg' } as const;
    const text = renderToolsJob(dockerPart({ backupVolume: csi }), { ...job, tools: [job.tools[0]] });
    expectGolden('tools-docker-csi.nomad.hcl', text);
    expect(text.match(/artifact \{/g)).toHaveLength(1);
  });

  it('does not let an address out of its quotes', () => {
    const url = 'https://x/${env}/%{a}"';
    const text = renderToolsJob(samplePart(), { ...job, tools: [{ ...job.tools[0], url }] });
    expect(text).toContain('source      = "https://x/$${env}/%%{a}\\""');
  });
});
