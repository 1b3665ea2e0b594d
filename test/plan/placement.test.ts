import { describe, expect, it } from 'vitest';
import { buildServicePlan } from '../../src/plan/build-service-plan.js';
import type { AllocationFacts, ServiceFacts } from '../../src/plan/facts.js';
import type { ServicePlan } from '../../src/plan/types.js';
import type { NomadTaskGroup } from '../../src/ports/nomad.js';
import { environment, facts, group, inventory, job, service, task } from './fixtures.js';

const allocation = (name: string, at: number): AllocationFacts => ({
  ...(facts().allocations[0] as AllocationFacts),
  id: `cccc3333-0000-0000-0000-00000000000${at}`,
  group: name,
});

/** Facts of a job with these groups, each running as often as it should. */
const withGroups = (...groups: NomadTaskGroup[]): Partial<ServiceFacts> => {
  const running = job({ TaskGroups: groups });
  const counts = groups.flatMap(({ Name, Count }) => Array.from({ length: Count ?? 1 }, () => Name));
  return {
    job: running,
    file: { path: 'jobs/src/speedtest.nomad.hcl', job: running },
    allocations: counts.map(allocation),
    app: groups.map(({ Name }) => environment({ group: Name })),
  };
};

const NAMESPACE_EACH = group({ Networks: [], Tasks: [task('app', { Config: { image: 'x' } })] });

const planOf = (more: Partial<ServiceFacts>, placement = 'auto'): ServicePlan => {
  const text = `version: 1\ndefaults: { driver: docker }\nservices:\n  speedtest: { job: speedtest-tracker, jobspec: x.hcl, placement: ${placement} }\n`;
  return buildServicePlan(inventory(text), service('speedtest', text), facts(more));
};
const codes = ({ findings }: ServicePlan, level: string): string[] =>
  findings.filter((finding) => finding.level === level).map(({ code }) => code);

describe('where the database goes', () => {
  it.each([
    ['beside an app in host mode', withGroups(group()), 'same-group', 'host', 'localhost:5433'],
    [
      'beside an app with its own network',
      withGroups(group({ Networks: [{ Mode: 'bridge' }], Tasks: [task('app', { Config: { image: 'x' } })] })),
      'same-group',
      'bridge',
      'localhost:5432',
    ],
    [
      'into a job of its own for a container that leaves the network of its group',
      withGroups(group({ Networks: [{ Mode: 'bridge' }] })),
      'own-job',
      'host',
      'service speedtest-postgres, port 5433',
    ],
    ['beside containers with a network each', withGroups(NAMESPACE_EACH), 'same-group', 'none', 'NOMAD_IP_db:5433'],
    [
      'into a job of its own for two copies',
      withGroups(group({ Count: 2 })),
      'own-job',
      'host',
      'service speedtest-postgres, port 5433',
    ],
    [
      'into a job of its own for canaries',
      withGroups(group({ Update: { Canary: 1 } })),
      'own-job',
      'host',
      'service speedtest-postgres, port 5433',
    ],
    [
      'into a job of its own for two groups',
      withGroups(group(), group({ Name: 'worker' })),
      'own-job',
      'host',
      'service speedtest-postgres, port 5433',
    ],
    [
      'into a job of its own for two bridged copies',
      withGroups(group({ Count: 2, Networks: [{ Mode: 'bridge' }] })),
      'own-job',
      'host',
      'service speedtest-postgres, port 5433',
    ],
  ] as const)('is %s', (_what, more, kind, network, address) => {
    const plan = planOf(more);
    expect(codes(plan, 'blocked')).toEqual([]);
    expect(plan.placement).toMatchObject({ kind, address });
    expect(plan.target).toMatchObject({ placement: kind, network });
  });

  it('names job, group and every client of a database of its own', () => {
    const plan = planOf(withGroups(group({ Count: 2 }), group({ Name: 'worker' })));
    expect(plan.target).toMatchObject({ job: 'speedtest-postgres', group: 'postgres' });
    expect(plan.app.groups).toEqual([
      { name: 'speedtest', count: 2, tasks: ['app'] },
      { name: 'worker', count: 1, tasks: ['app'] },
    ]);
  });

  it('is what the inventory says, where that can hold', () => {
    expect(planOf(withGroups(group()), 'own-job').placement.kind).toBe('own-job');
    expect(codes(planOf(withGroups(group({ Count: 2 })), 'same-group'), 'blocked')).toEqual(['PLACEMENT_IMPOSSIBLE']);
  });

  it('is registered where the app asks for the shared one', () => {
    const data = '{{ range service "postgresql" }}{{ .Address }}{{ end }}';
    const asking = group({ Count: 2, Tasks: [task('app', { Templates: [{ EmbeddedTmpl: data, Envvars: true }] })] });
    expect(planOf(withGroups(asking)).target.provider).toBe('consul');
    expect(planOf(withGroups(group({ Count: 2 }))).target.provider).toBe('nomad');
  });

  it('is refused while a group does not run as often as it should', () => {
    const { allocations = [], ...more } = withGroups(group({ Count: 2 }));
    expect(codes(planOf({ ...more, allocations: allocations.slice(1) }), 'blocked')).toEqual(['SEVERAL_ALLOCATIONS']);
  });

  it('is refused for a sticky disk, which a stopped job loses', () => {
    const sticky = withGroups(group({ Count: 2, EphemeralDisk: { Sticky: true } }));
    expect(codes(planOf(sticky), 'blocked')).toEqual(['STICKY_DISK']);
  });

  it('is refused when a job of that name is there and the app does not use it', () => {
    const own = job({ ID: 'speedtest-postgres', TaskGroups: [group({ Name: 'postgres' })] });
    expect(codes(planOf({ ...withGroups(group({ Count: 2 })), ownJob: own }), 'blocked')).toEqual(['OWN_JOB_TAKEN']);
  });

  it('is done when the app asks for the database of that job', () => {
    const data = '{{ range nomadService "speedtest-postgres" }}{{ .Address }}{{ end }}';
    const moved = withGroups(group({ Count: 2, Tasks: [task('app', { Templates: [{ EmbeddedTmpl: data }] })] }));
    const own = job({
      ID: 'speedtest-postgres',
      TaskGroups: [group({ Name: 'postgres', Tasks: ['postgres', 'db-backup', 'db-init'].map((name) => task(name)) })],
    });
    expect(planOf({ ...moved, ownJob: own }).state).toBe('done');
  });
});

describe('the volume of the data', () => {
  const kind = (name: string): string =>
    `version: 1\ndefaults: { driver: docker, volume: { kind: ${name}, name: pg } }\nservices:\n  speedtest: { job: speedtest-tracker, jobspec: x.hcl }\n`;
  const findings = (name: string, more: Partial<ServiceFacts> = {}): ServicePlan['findings'] =>
    buildServicePlan(inventory(kind(name)), service('speedtest', kind(name)), facts(more)).findings;

  it('on CSI must be there, each with what it has to be able to do', () => {
    const missing = findings('csi').filter(({ code }) => code === 'VOLUME_MISSING');
    expect(missing.map(({ level }) => level)).toEqual(['blocked', 'blocked']);
    expect(missing.map(({ next }) => /access_mode "([^"]+)"/.exec(next ?? '')?.[1])).toEqual([
      'single-node-writer',
      'multi-node-multi-writer',
    ]);
    const there = findings('csi', { csiVolumes: ['pg', 'db-backups'] });
    expect(there.filter(({ level }) => level === 'blocked')).toEqual([]);
    expect(there.map(({ code }) => code)).toContain('VOLUME_CSI');
  });

  it('on an ephemeral disk is refused, with the reason', () => {
    expect(findings('ephemeral').find(({ code }) => code === 'VOLUME_KIND')).toMatchObject({
      level: 'blocked',
      text: expect.stringContaining('lost'),
    });
  });
});
