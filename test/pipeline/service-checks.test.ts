import { expect, it } from 'vitest';
import { serviceChecks } from '../../src/pipeline/service-checks.js';
import type { Allocation, NomadJob } from '../../src/ports/nomad.js';
import { unreadableChecks } from '../../src/usecases/facts/unreadable-checks.js';
import { type FakeConsul, fakeConsul } from '../fakes/fake-consul.js';
import { type FakeNomad, fakeNomad } from '../fakes/fake-nomad.js';

const job = (Provider: string): NomadJob => ({
  ID: 'app',
  TaskGroups: [
    {
      Name: 'main',
      Tasks: [{ Name: 'app', Driver: 'exec' }],
      Services: [{ Name: 'web', Provider, Checks: [{ Name: 'answers' }, { Name: 'is quick' }] }] as never,
    },
  ],
});

const world = async (provider: string): Promise<{ nomad: FakeNomad; consul: FakeConsul; alloc: Allocation }> => {
  const nomad = fakeNomad();
  await nomad.port.registerJob(job(provider), { enforceIndex: 0 });
  const [alloc] = await nomad.port.allocations('app');
  return { nomad, consul: fakeConsul(), alloc: alloc ?? expect.fail('no allocation') };
};

const registration = (allocId: string, ...checks: string[]) => ({
  ...{ service: 'web', allocId, address: '10.0.0.1', port: 80 },
  checks: checks.map((check) => ({ check, status: 'success' as const })),
});

it('are those of Nomad alone where the job has none with Consul, which is not asked then', async () => {
  const { nomad, alloc } = await world('nomad');
  nomad.allocs.healthChecks.set(alloc.ID, [{ service: 'web', check: 'answers', status: 'success' }]);
  expect(await serviceChecks({ nomad: nomad.port, consul: null }, alloc)).toHaveLength(1);
});

it('are pending while Consul shows fewer than the job has', async () => {
  const { nomad, consul, alloc } = await world('consul');
  const read = () => serviceChecks({ nomad: nomad.port, consul }, alloc);
  expect((await read()).map(({ status }) => status)).toEqual(['pending']);
  consul.registrations.push(registration(alloc.ID, 'answers'));
  expect((await read()).map(({ status }) => status)).toEqual(['success', 'pending']);
  consul.registrations.splice(0, 1, registration(alloc.ID, 'answers', 'is quick'));
  expect((await read()).map(({ status }) => status)).toEqual(['success', 'success']);
});

it('are an error, not none, when nobody says where Consul is', async () => {
  const { nomad, alloc } = await world('consul');
  const read = serviceChecks({ nomad: nomad.port, consul: null }, alloc);
  await expect(read).rejects.toMatchObject({ code: 'CONSUL_UNAVAILABLE', exitCode: 5 });
});

it('block a move before it begins when they cannot be read', async () => {
  const { consul, alloc } = await world('consul');
  const running = [{ id: alloc.ID, group: 'main', clientStatus: 'running' }] as never;
  const code = async (port: FakeConsul | null, provider = 'consul') =>
    (await unreadableChecks({ consul: port }, job(provider), running)).checks?.code;
  expect(await code(null)).toBe('CONSUL_UNAVAILABLE');
  expect(await code(consul)).toBe('CONSUL_DENIED');
  expect(await code(null, 'nomad')).toBeUndefined();
  consul.registrations.push(registration(alloc.ID, 'answers', 'is quick'));
  expect(await code(consul)).toBeUndefined();
});
