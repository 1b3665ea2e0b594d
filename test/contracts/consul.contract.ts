import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { ConsulPort } from '../../src/ports/consul.js';
import type { Registration } from '../fakes/fake-consul.js';

interface Rig {
  readonly port: () => ConsulPort;
  readonly register: (entry: Registration) => Promise<void>;
}

export function consulContract(name: string, { port, register }: Rig): void {
  const entry = (service: string, more: Partial<Registration> = {}): Registration => ({
    ...{ service, allocId: randomUUID(), address: '10.1.2.3', port: 5432, checks: [] },
    ...more,
  });

  describe(`consul: ${name}`, () => {
    test('a service that nobody registered has no instances, an unknown allocation no checks', async () => {
      expect(await port().service('not-there')).toEqual([]);
      expect(await port().checks(randomUUID())).toEqual([]);
    });

    test('an instance has its address and allocation; a name that needs escaping is the name it is', async () => {
      const allocId = randomUUID();
      await register(entry('data base/1', { allocId }));
      await register(entry('stranger', { allocId: null, port: 99 }));
      const instance = { address: '10.1.2.3', port: 5432, allocId, passing: true };
      expect(await port().service('data base/1')).toEqual([instance]);
      expect(await port().service('stranger')).toEqual([{ ...instance, port: 99, allocId: null }]);
    });

    test('instances whose checks pass come first', async () => {
      await register(entry('two', { port: 1, checks: [{ check: 'a', status: 'failure' }] }));
      await register(entry('two', { port: 2, checks: [{ check: 'a', status: 'success' }] }));
      await register(entry('two', { port: 3, checks: [{ check: 'a', status: 'pending' }] }));
      const found = await port().service('two');
      expect(found[0]).toMatchObject({ port: 2, passing: true });
      expect(found.slice(1).map(({ passing }) => passing)).toEqual([false, false]);
    });

    test('the checks of one allocation are told apart by service and state', async () => {
      const allocId = randomUUID();
      const checks = [
        { check: 'answers', status: 'success' },
        { check: 'is quick', status: 'pending' },
        { check: 'has room', status: 'failure' },
      ] as const;
      await register(entry('web', { allocId, checks }));
      await register(entry('db', { allocId, checks: [{ check: 'answers', status: 'success' }] }));
      await register(entry('web', { checks: [{ check: 'answers', status: 'failure' }] }));
      const found = await port().checks(allocId);
      const expected = [...checks.map((check) => ({ service: 'web', ...check }))];
      expect(found).toHaveLength(4);
      expect(found).toEqual(
        expect.arrayContaining([...expected, { service: 'db', check: 'answers', status: 'success' }]),
      );
    });
  });
}
