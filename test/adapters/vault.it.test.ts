import { inspect } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { vaultAdapter } from '../../src/adapters/vault.js';
import { Secret } from '../../src/shared/secret.js';
import { vaultContract } from '../contracts/vault.contract.js';
import { startVault, type TestVault } from '../support/vault.js';

const run: { vault?: TestVault } = {};
const vault = (): TestVault => run.vault ?? expect.fail('no vault');
beforeAll(async () => {
  run.vault = await startVault();
});
afterAll(() => run.vault?.stop());

vaultContract('real', { port: () => vault().port });

const failure = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => expect.fail('no error'),
    (error: unknown) => error,
  );

test('a deleted newest version is missing, not absent', async () => {
  await vault().port.write('secret', 'gone/x', { password: new Secret('p') }, 0);
  await vault().api('DELETE', 'secret/data/gone/x');
  await expect(vault().port.read('secret', 'gone/x')).rejects.toMatchObject({ code: 'VAULT_SECRET_MISSING' });
});

test('a wrong token is VAULT_DENIED and shows in no error', async () => {
  const port = vaultAdapter({ address: vault().address, token: new Secret('canary-token-31') });
  const error = await failure(port.read('secret', 'x'));
  expect(error).toMatchObject({ code: 'VAULT_DENIED' });
  expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('canary');
});

test('a refused write shows neither value nor token', async () => {
  const port = vaultAdapter({ address: vault().address, token: new Secret('canary-token-32') });
  const error = await failure(port.write('secret', 'x', { password: new Secret('canary-value') }, 0));
  expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('canary');
});

test('a Vault that does not listen is VAULT_UNAVAILABLE, and the token is not in the error', async () => {
  const port = vaultAdapter({ address: 'http://127.0.0.1:1', token: new Secret('canary-token-33') });
  const error = await failure(port.read('secret', 'x'));
  expect(error).toMatchObject({ code: 'VAULT_UNAVAILABLE', value: 'ECONNREFUSED' });
  expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('canary');
});

test('no token at all is denied, not taken from the environment', async () => {
  await expect(vaultAdapter({ address: vault().address }).read('secret', 'x')).rejects.toMatchObject({
    code: 'VAULT_DENIED',
  });
});

test('values that are no texts come as JSON', async () => {
  await vault().api('POST', 'secret/data/mixed', { data: { port: 5432, list: ['a'] } });
  const seen = await vault().port.read('secret', 'mixed');
  expect([seen?.data['port']?.reveal(), seen?.data['list']?.reveal()]).toEqual(['5432', '["a"]']);
});

test('a path with odd characters reaches exactly that secret', async () => {
  const path = 'we ird/ä?x#y%z';
  await vault().port.write('secret', path, { a: new Secret('1') }, 0);
  expect((await vault().port.read('secret', path))?.version).toBe(1);
  expect(await vault().api('LIST', 'secret/metadata/we%20ird')).toMatchObject({ data: { keys: ['ä?x#y%z'] } });
});

test('a sealed Vault is VAULT_SEALED and health says so', async () => {
  const sealed = await startVault();
  try {
    await sealed.api('PUT', 'sys/seal');
    expect(await sealed.port.health()).toMatchObject({ sealed: true });
    await expect(sealed.port.read('secret', 'x')).rejects.toMatchObject({ code: 'VAULT_SEALED' });
  } finally {
    await sealed.stop();
  }
});
