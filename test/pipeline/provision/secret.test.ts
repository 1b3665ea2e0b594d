import { describe, expect, it } from 'vitest';
import type { ProvisionContext } from '../../../src/pipeline/provision/context.js';
import { secretStep } from '../../../src/pipeline/provision/secret.js';
import type { VaultPort } from '../../../src/ports/vault.js';
import { Secret } from '../../../src/shared/secret.js';
import { fakeVault } from '../../fakes/fake-vault.js';

function world(vault: VaultPort, password = 'ours') {
  const facts = new Map<string, unknown>();
  const ctx = {
    vault,
    service: { vault: { mount: 'secret', path: 'postgres/news', key: 'password' } },
    plan: { secret: { where: 'secret/data/postgres/news' } },
    newSecret: (length: number) => new Secret(password.padEnd(length, 'x')),
    journal: {
      fact: (key: string) => facts.get(key),
      record: async (key: string, value: unknown) => void facts.set(key, value),
    },
    note: () => undefined,
  } as unknown as ProvisionContext;
  return { ctx, facts };
}

const stored = async (vault: VaultPort): Promise<string | undefined> =>
  (await vault.read('secret', 'postgres/news'))?.data['password']?.reveal();

describe('the password of a new database', () => {
  it('is made once, long enough, and kept by every later run', async () => {
    const vault = fakeVault();
    const { ctx, facts } = world(vault);
    await secretStep.run(ctx);
    const made = await stored(vault);
    expect(made?.length).toBeGreaterThanOrEqual(32);
    await secretStep.run(ctx);
    await secretStep.run(world(vault, 'other').ctx);
    expect(await stored(vault)).toBe(made);
    expect([facts.get('secret.made'), facts.get('secret.version')]).toEqual([true, 1]);
  });

  it('is the winner’s when two operators make it at once', async () => {
    const vault = fakeVault();
    const winner = new Secret('the-winner');
    const racing: VaultPort = {
      ...vault,
      write: async (mount, path, data, cas) => {
        await vault.write(mount, path, { password: winner }, 0);
        return vault.write(mount, path, data, cas);
      },
    };
    const { ctx, facts } = world(racing);
    await secretStep.run(ctx);
    expect(await stored(vault)).toBe('the-winner');
    expect(facts.get('secret.made')).toBe(false);
  });

  it('never goes over a secret without that key', async () => {
    const vault = fakeVault();
    await vault.write('secret', 'postgres/news', { token: new Secret('t') }, 0);
    await expect(secretStep.run(world(vault).ctx)).rejects.toThrow('holds no password');
    expect((await vault.read('secret', 'postgres/news'))?.version).toBe(1);
  });

  it('is not shown by the step', async () => {
    const { ctx } = world(fakeVault(), 'c4nary');
    expect(JSON.stringify(await secretStep.run(ctx))).not.toContain('c4nary');
  });
});
