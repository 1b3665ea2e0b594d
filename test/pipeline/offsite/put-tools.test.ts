import { beforeEach, describe, expect, it } from 'vitest';
import { wantedTools } from '../../../src/pipeline/offsite-needs.js';
import { putTools } from '../../../src/pipeline/put-tools.js';
import type { TaskState } from '../../../src/ports/nomad.js';
import { type OffsiteWorld, offsiteWorld, PIN } from './world.js';

const JOB = 'dbctl-tools-speedtest';

describe('rclone and age on the backup volume', () => {
  let world: OffsiteWorld;
  beforeEach(async () => {
    world = await offsiteWorld();
  });
  const put = (): Promise<void> => putTools(world.ctx, world.toolbox, wantedTools(world.ctx.service));
  const left = async (): Promise<unknown> => await world.nomad.port.job(JOB);

  it("are put by a job on the toolbox's node, in its namespace, of which nothing is left; twice is once", async () => {
    await put();
    expect(world.registered).toHaveLength(1);
    expect(JSON.parse(world.registered[0] ?? '')).toMatchObject({
      ...{ ID: JOB, Namespace: 'apps' },
      Meta: { node: 'node-1', pin: PIN, tools: 'rclone,age' },
    });
    expect(await left()).toBeUndefined();
    await put();
    expect(world.registered).toHaveLength(1);
  });

  it("are told as missing in Nomad's own words, and nothing is left", async () => {
    const said = 'failed to download artifact: checksums did not match';
    const events = [{ Type: 'Failed Artifact Download', Time: 0, DisplayMessage: said }];
    const state: TaskState = { State: 'dead', Failed: true, Restarts: 0, Events: events };
    world.ends = { ClientStatus: 'failed', TaskStates: { tools: state } };
    const error = await put().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'TOOLS_UNAVAILABLE', exitCode: 5, details: [`tools dead (failed): ${said}`] });
    expect(await left()).toBeUndefined();
  });

  it('are told as missing in the words of the program that places them', async () => {
    world.ends = { ClientStatus: 'failed' };
    const taskLog = world.nomad.port.taskLog;
    world.nomad.port.taskLog = async (id, task, stream, bytes) =>
      task === 'tools' ? 'dbctl: age does not start\n' : await taskLog(id, task, stream, bytes);
    await expect(put()).rejects.toMatchObject({
      code: 'TOOLS_UNAVAILABLE',
      details: expect.arrayContaining(['dbctl: age does not start']),
    });
  });

  it.each(['failed', 'complete'] as const)('clears what a killed run left: a job that is %s', async (ClientStatus) => {
    const text = world.ctx.toolsJob(world.ctx.plan.target, {
      ...{ jobId: JOB, namespace: 'apps', datacenters: ['*'], nodeId: 'gone', pin: 'older', tools: [] },
    });
    world.ends = { ClientStatus };
    await world.nomad.port.registerJob(JSON.parse(text), { enforceIndex: 0 });
    world.whole = false;
    world.ends = { ClientStatus: 'complete' };
    await put();
    expect(world.registered).toHaveLength(2);
    expect(world.registered[1]).toContain(PIN);
    expect(await left()).toBeUndefined();
  });

  it('are waited for where another dbctl is just fetching them, and not fetched twice', async () => {
    const text = world.ctx.toolsJob(world.ctx.plan.target, {
      ...{ jobId: JOB, namespace: 'apps', datacenters: ['*'], nodeId: 'node-1', pin: PIN, tools: [] },
    });
    world.ends = { ClientStatus: 'running' };
    await world.nomad.port.registerJob(JSON.parse(text), { enforceIndex: 0 });
    const watch = world.nomad.port.watchAllocations;
    world.nomad.port.watchAllocations = async (jobId, ...rest) => {
      const [alloc] = await world.nomad.port.allocations(jobId);
      world.nomad.allocs.change(alloc?.ID ?? '', { ClientStatus: 'complete' });
      world.whole = true;
      return await watch(jobId, ...rest);
    };
    await put();
    expect(world.registered).toHaveLength(1);
    expect(await left()).toBeUndefined();
  });

  it('are waited for, too, where another dbctl began in the same moment', async () => {
    const register = world.nomad.port.registerJob;
    world.nomad.port.registerJob = async (job, options) => {
      world.nomad.port.registerJob = register;
      await register(job, options);
      return await register(job, options);
    };
    await put();
    expect(world.registered).toHaveLength(1);
    expect(await left()).toBeUndefined();
  });

  it('clears a job that was never placed', async () => {
    const place = world.nomad.onRegister;
    world.nomad.onRegister = () => undefined;
    await world.nomad.port.registerJob({ ID: JOB, TaskGroups: [] }, { enforceIndex: 0 });
    world.nomad.onRegister = place;
    await put();
    expect(world.registered).toHaveLength(1);
    expect(await left()).toBeUndefined();
  });

  it('are put both for whoever needs one: the folder is shared', () => {
    const { backup } = world.ctx.service;
    const names = (of: Partial<typeof backup>): string[] =>
      wantedTools({ backup: { ...backup, ...of } }).tools.map(({ name }) => name);
    expect(names({ offsite: [] })).toEqual(['rclone', 'age']);
    expect(names({ tools: { ...backup.tools, age: null } })).toEqual(['rclone']);
  });

  it('are not fetched where nothing needs them', async () => {
    const service = { backup: { ...world.ctx.service.backup, offsite: [], notify: [] } };
    await putTools(world.ctx, world.toolbox, wantedTools(service));
    expect(world.nomad.allocs.execs).toEqual([]);
  });
});
