import { describe, expect, it } from 'vitest';
import { renderSeekJob } from '../../src/render/seek-job.js';
import { expectGolden } from './golden.js';

const job = {
  ...{ jobId: 'dbctl-seek-20261129-020000-aaaa', namespace: 'default', datacenters: ['*'], seconds: 3600 },
  tools: [{ name: 'rclone', url: 'https://downloads.example/rclone.zip', sha256: 'ab'.repeat(32) }],
} as const;

describe('the job that looks for copies elsewhere', () => {
  it('has its programs checked by their SHA-256, and no volume at all', () => {
    const text = renderSeekJob({ ...job, driver: 'exec', image: null });
    expectGolden('seek-exec.nomad.hcl', text);
    expect(text).not.toMatch(/volume/);
    expect(text).toContain(`checksum = "sha256:${'ab'.repeat(32)}"`);
  });

  it('runs under the image of the lost server, which cannot get out of its quotes', () => {
    const text = renderSeekJob({ ...job, driver: 'docker', image: 'postgres:16-alpine${x}"' });
    expect(text).toContain('image      = "postgres:16-alpine$${x}\\""');
    expect(text).toContain('entrypoint = ["/bin/sh"]');
  });
});
