import { describe, expect, it } from 'vitest';
import { jobDifferences } from '../../src/plan/drift.js';
import type { NomadJob } from '../../src/ports/nomad.js';

/** A job as `/v1/jobs/parse` gives it, and what Nomad 1.11.1 makes of it at registration with Vault identities on. */
const parsed = (): NomadJob => ({
  ID: 'speedtest',
  Datacenters: null,
  NodePool: '',
  Update: { MaxParallel: 1, MinHealthyTime: 10_000_000_000, HealthCheck: 'checks', Stagger: 30_000_000_000 },
  TaskGroups: [
    {
      Name: 'speedtest',
      Count: 1,
      Constraints: null,
      Networks: [{ Mode: 'host', ReservedPorts: [{ Label: 'db', Value: 5433, HostNetwork: '' }] }],
      Services: [{ Name: 'speedtest', Provider: 'nomad', Namespace: '' }],
      Tasks: [
        {
          Name: 'app',
          Driver: 'docker',
          Env: { A: '1', DB_PASSWORD: 'hunter2' },
          Config: { args: ['--password=hunter2'] },
          Vault: { Role: '' },
        },
      ],
    },
  ],
});

const running = (): NomadJob => ({
  ...parsed(),
  Datacenters: ['*'],
  NodePool: 'default',
  Status: 'running',
  Version: 4,
  ModifyIndex: 99,
  JobModifyIndex: 88,
  SubmitTime: 1,
  Update: { MaxParallel: 1, Stagger: 30_000_000_000 },
  TaskGroups: [
    {
      ...parsed().TaskGroups[0],
      Name: 'speedtest',
      Constraints: [
        { LTarget: '${attr.vault.version}', Operand: 'semver', RTarget: '>= 0.6.1' },
        { LTarget: '${attr.nomad.service_discovery}', Operand: '=', RTarget: 'true' },
        { LTarget: '${attr.nomad.version}', Operand: 'semver', RTarget: '>= 1.7.0-a' },
        { LTarget: '${attr.os.signals}', Operand: 'set_contains', RTarget: 'SIGINT' },
      ],
      Networks: [{ Mode: 'host', ReservedPorts: [{ Label: 'db', Value: 5433, HostNetwork: 'default' }] }],
      Services: [{ Name: 'speedtest', Provider: 'nomad', Namespace: 'default' }],
      Tasks: [
        {
          Name: 'app',
          Driver: 'docker',
          Env: { A: '1', DB_PASSWORD: 'hunter2' },
          Config: { args: ['--password=hunter2'] },
          Vault: { Role: '' },
          Identity: { Name: 'default', Audience: ['nomadproject.io'] },
          Identities: [{ Name: 'vault_default', Audience: ['vault.io'], TTL: 3_600_000_000_000 }],
        },
      ],
    },
  ],
});

const changed = (change: (job: NomadJob) => void): NomadJob => {
  const job = structuredClone(running());
  change(job);
  return job;
};

const firstTask = (job: NomadJob) => job.TaskGroups[0]?.Tasks[0] ?? { Name: '', Driver: '' };

describe('jobDifferences', () => {
  it('does not count the task name that the server writes into a service inside that very task', () => {
    const withService = (taskName: string): NomadJob => {
      const checks = [{ Name: 'alive', Type: 'http', Path: '/health', TaskName: taskName }];
      const task = { Name: 'app', Driver: 'exec', Services: [{ Name: 'web', TaskName: taskName, Checks: checks }] };
      return { ...parsed(), TaskGroups: [{ ...parsed().TaskGroups[0], Name: 'speedtest', Tasks: [task] }] } as NomadJob;
    };
    expect(jobDifferences(withService(''), withService('app'))).toEqual([]);
    expect(jobDifferences(withService(''), withService('other'))).toHaveLength(2);
  });

  it('sees none between a file and what Nomad made of it', () => {
    expect(jobDifferences(parsed(), running())).toEqual([]);
  });

  it('names the place of a changed value', () => {
    const job = changed((copy) => {
      firstTask(copy).Env = { A: '2', DB_PASSWORD: 'hunter2' };
    });
    expect(jobDifferences(parsed(), job)).toEqual([
      { path: 'group speedtest / task app / Env.A', file: '"1"', running: '"2"' },
    ]);
  });

  it('never shows a password', () => {
    const job = changed((copy) => {
      const task = firstTask(copy);
      task.Env = { A: '1', DB_PASSWORD: 'other' };
      task.Config = { args: ['--password=other'] };
    });
    const found = jobDifferences(parsed(), job);
    expect(found.map(({ path }) => path)).toEqual([
      'group speedtest / task app / Config.args.0',
      'group speedtest / task app / Env.DB_PASSWORD',
    ]);
    expect(JSON.stringify(found)).not.toMatch(/hunter2|other/);
  });

  it('sees a task and a group that only one side has', () => {
    const extra = changed((copy) => {
      copy.TaskGroups[0]?.Tasks.push({ Name: 'cron', Driver: 'docker' });
      copy.TaskGroups.push({ Name: 'worker', Tasks: [] });
    });
    expect(jobDifferences(parsed(), extra).map(({ path, file }) => [path, file])).toEqual([
      ['group speedtest / task cron', '(absent)'],
      ['group worker', '(absent)'],
    ]);
  });

  it('does not mind the order of tasks', () => {
    const two = (names: readonly string[]): NomadJob => ({
      ID: 'x',
      TaskGroups: [{ Name: 'g', Tasks: names.map((Name) => ({ Name, Driver: 'exec' })) }],
    });
    expect(jobDifferences(two(['a', 'b']), two(['b', 'a']))).toEqual([]);
  });

  it("sees the operator's own constraint that is missing on one side", () => {
    const own = { LTarget: '${node.class}', Operand: '=', RTarget: 'nas' };
    const file = parsed();
    const [group] = file.TaskGroups;
    const withOwn = { ...file, TaskGroups: [{ Name: 'speedtest', Tasks: [], ...group, Constraints: [own] }] };
    expect(jobDifferences(withOwn, running())).toHaveLength(1);
    expect(
      jobDifferences(
        parsed(),
        changed((copy) => void Object.assign(copy.TaskGroups[0] ?? {}, { Constraints: [own] })),
      ),
    ).toHaveLength(1);
  });

  it('sees a count that was scaled', () => {
    expect(
      jobDifferences(
        parsed(),
        changed((copy) => void Object.assign(copy.TaskGroups[0] ?? {}, { Count: 2 })),
      ),
    ).toEqual([{ path: 'group speedtest / Count', file: '1', running: '2' }]);
  });
});
