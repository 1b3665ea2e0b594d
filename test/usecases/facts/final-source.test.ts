import { describe, expect, it } from 'vitest';
import { parseInventory } from '../../../src/inventory/parse.js';
import type { ServicePlan } from '../../../src/plan/types.js';
import { loadHcl, presetById, spliceDatabase } from '../../../src/render/index.js';
import { finalSource } from '../../../src/usecases/facts/final-job.js';
import { fakeFiles } from '../../fakes/fake-files.js';
import { samplePart } from '../../render/sample-part.js';

const PLAIN = `job "speedtest" {
  group "speedtest" {
    network {
      mode = "host"
    }
    task "app" {
      driver = "exec"
      env {
        DB_HOST = "10.0.0.9"
        DB_PORT = "5432"
      }
    }
  }
}
`;
const inventory = parseInventory('version: 1\nservices:\n  speedtest: { jobspec: app.hcl }\n', 'dbctl.yaml');
const [service] = inventory.services;
const preset = presetById('db-parts');
if (service === undefined || preset === undefined) throw new Error('no service');
const hcl = await loadHcl();
const shared = { service: 'postgresql', hosts: ['10.0.0.9'], port: 5432 };
const wide = { preset, group: 'speedtest', tasks: ['app'], shared };
/** As `adopt` writes it, which knows less than a plan. */
const ahead = spliceDatabase(hcl, PLAIN, { ...wide, part: samplePart({ port: 5440, major: 16 }) }).text;
const planned = spliceDatabase(hcl, PLAIN, { ...wide, part: samplePart() }).text;

const plan = (state: ServicePlan['state']): ServicePlan =>
  ({
    ...{ state, service: 'speedtest', target: samplePart() },
    job: { id: 'speedtest', group: 'speedtest' },
    app: { preset: 'db-parts', tasks: ['app'], groups: [] },
    source: { address: '10.0.0.9', port: 5432 },
  }) as unknown as ServicePlan;

const final = (text: string, state: ServicePlan['state']): ReturnType<typeof finalSource> => {
  const deps = {
    files: fakeFiles({ '/home/app.hcl': text }),
    home: '/home',
    hcl: () => Promise.resolve(hcl),
    inventory,
  };
  return finalSource(deps, service, plan(state), {});
};

describe('the text that a move registers', () => {
  it('is the same for a file that adopt wrote ahead, and the way back leads to the file without the part', async () => {
    const { before, after, found } = await final(ahead, 'migrate');
    expect([before.Source, after.Source, found]).toEqual([PLAIN, planned, ahead]);
  });

  it('starts from the file itself where nothing was written ahead', async () => {
    const { before, after, found } = await final(PLAIN, 'migrate');
    expect([before.Source, after.Source, found]).toEqual([PLAIN, planned, undefined]);
  });

  it('starts from the file with its part, once that runs', async () => {
    const { before, found } = await final(planned, 'done');
    expect([before.Source, found]).toEqual([planned, undefined]);
  });
});
