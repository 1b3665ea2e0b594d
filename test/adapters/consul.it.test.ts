import { inspect } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { consulAdapter } from '../../src/adapters/consul.js';
import { Secret } from '../../src/shared/secret.js';
import { consulContract } from '../contracts/consul.contract.js';
import { startConsul, type TestConsul } from '../support/consul.js';
import { freePorts } from '../support/server-process.js';

const run: { consul?: TestConsul } = {};
const consul = (): TestConsul => run.consul ?? expect.fail('no consul');
beforeAll(async () => {
  run.consul = await startConsul();
});
afterAll(() => run.consul?.stop());

consulContract('real', { port: () => consul().port, register: (entry) => consul().register(entry) });

const failure = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => expect.fail('no error'),
    (error: unknown) => error,
  );

test('an unknown token is CONSUL_DENIED and shows in no error', async () => {
  const error = await failure(
    consul()
      .with({ token: new Secret('canary-token-77') })
      .service('x'),
  );
  expect(error).toMatchObject({ code: 'CONSUL_DENIED', exitCode: 5 });
  expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('canary');
});

test('nobody at the address is CONSUL_UNAVAILABLE, without the token', async () => {
  const [free = 0] = await freePorts(1);
  const port = consulAdapter({ address: `http://127.0.0.1:${free}`, token: new Secret('canary-token-78') });
  const error = await failure(port.checks('x'));
  expect(error).toMatchObject({ code: 'CONSUL_UNAVAILABLE', exitCode: 5, value: 'ECONNREFUSED' });
  expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('canary');
});
