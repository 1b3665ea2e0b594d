import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { VaultPort } from '../../src/ports/vault.js';
import { Secret } from '../../src/shared/secret.js';

export function vaultContract(name: string, rig: { port: () => VaultPort }): void {
  const port = (): VaultPort => rig.port();
  const path = (): string => `postgres/${randomUUID()}`;
  const value = (text: string): Record<string, Secret> => ({ password: new Secret(text) });

  describe(`vault: ${name}`, () => {
    test('an absent secret is undefined', async () => {
      expect(await port().read('secret', path())).toBeUndefined();
    });

    test('what is written is read back, wrapped', async () => {
      const at = path();
      expect(await port().write('secret', at, value('é"\\ p:w'), 0)).toEqual({ version: 1 });
      const seen = await port().read('secret', at);
      expect(seen?.version).toBe(1);
      expect(seen?.data['password']?.reveal()).toBe('é"\\ p:w');
      expect(JSON.stringify(seen)).not.toContain('p:w');
    });

    test('of two creators one loses with VAULT_CAS', async () => {
      const at = path();
      const tries = await Promise.allSettled([
        port().write('secret', at, value('a'), 0),
        port().write('secret', at, value('b'), 0),
      ]);
      expect(tries.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected']);
      expect(tries.find((one) => one.status === 'rejected')).toMatchObject({ reason: { code: 'VAULT_CAS' } });
    });

    test('only the current version may be replaced', async () => {
      const at = path();
      await port().write('secret', at, value('1'), 0);
      expect(await port().write('secret', at, value('2'), 1)).toEqual({ version: 2 });
      await expect(port().write('secret', at, value('3'), 1)).rejects.toMatchObject({ code: 'VAULT_CAS' });
      expect((await port().read('secret', at))?.data['password']?.reveal()).toBe('2');
    });

    test('what the token may do is told by path, and storage by its name', async () => {
      expect(await port().capabilities(['secret/data/postgres/x'])).toEqual({ 'secret/data/postgres/x': ['root'] });
      expect(await port().storage()).toBe('inmem');
    });

    test('a policy nobody made is undefined', async () => {
      expect(await port().policy('nobody-made-this')).toBeUndefined();
    });

    test('health tells version and seal', async () => {
      expect(await port().health()).toMatchObject({ sealed: false, version: expect.stringMatching(/^\d+\.\d+/) });
    });
  });
}
