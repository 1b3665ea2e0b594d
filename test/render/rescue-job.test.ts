import { describe, expect, it } from 'vitest';
import { renderRescueJob } from '../../src/render/rescue-job.js';
import { expectGolden } from './golden.js';
import { dockerPart, samplePart } from './sample-part.js';

const job = {
  jobId: 'dbctl-rescue-speedtest-20261120-211530-ab12',
  namespace: 'default',
  datacenters: ['dc1'],
  nodeId: '5f2b',
};

describe('a toolbox for a way back whose own is gone', () => {
  it('has the backup volume and nothing of the data, with and without an image', () => {
    const texts = [renderRescueJob(samplePart(), job), renderRescueJob(dockerPart({ network: 'bridge' }), job)];
    expectGolden('rescue-exec-host.nomad.hcl', texts[0] ?? '');
    expectGolden('rescue-docker-bridge.nomad.hcl', texts[1] ?? '');
    for (const text of texts) {
      expect(text.match(/^ {4}volume "/gm)).toHaveLength(1);
      expect(text.match(/^ {4}task "/gm)).toHaveLength(1);
      expect(text).not.toContain(samplePart().volume.source);
    }
  });

  it('asks for no password', () => {
    expect(renderRescueJob(samplePart(), job)).not.toMatch(/vault|secrets/);
  });
});
