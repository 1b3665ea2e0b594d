import { describe, expect, it } from 'vitest';
import { connectionFromEnv } from '../src/connection.js';
import { fakeFiles } from './fakes/fake-files.js';

const from = (env: Record<string, string>) => connectionFromEnv(env, fakeFiles());

describe('connectionFromEnv', () => {
  it('takes the addresses that the tools themselves default to', async () => {
    const { nomad, vault } = await from({});
    expect([nomad.address, vault.address]).toEqual(['http://127.0.0.1:4646', 'https://127.0.0.1:8200']);
  });

  it('honours namespaces, regions and certificates of both tools', async () => {
    const env = {
      ...{ NOMAD_ADDR: 'https://n:4646', NOMAD_NAMESPACE: 'home', NOMAD_REGION: 'eu', NOMAD_CACERT: '/n.pem' },
      ...{
        VAULT_ADDR: 'https://v:8200',
        VAULT_CLIENT_CERT: '/c.pem',
        VAULT_CLIENT_KEY: '/k.pem',
        VAULT_SKIP_VERIFY: 'true',
      },
    };
    const { nomad, vault } = await from(env);
    expect(nomad).toMatchObject({ namespace: 'home', region: 'eu', tls: { caCert: '/n.pem' } });
    expect(vault.tls).toEqual({ clientCert: '/c.pem', clientKey: '/k.pem', skipVerify: true });
  });

  it('wraps tokens, so that printing the connection shows none', async () => {
    const connection = await from({ NOMAD_TOKEN: 'tok-nomad', VAULT_TOKEN: 'tok-vault' });
    expect(JSON.stringify(connection)).not.toContain('tok-');
    expect(connection.vault.token?.reveal()).toBe('tok-vault');
  });

  it.each([
    [{ NOMAD_ADDR: 'nomad.home:4646' }, 'not an http'],
    [{ NOMAD_ADDR: 'http://nomad.home:4646', NOMAD_TOKEN: 'x' }, 'plain http'],
    [{ VAULT_ADDR: 'http://10.0.0.5:8200', VAULT_TOKEN: 'x' }, 'plain http'],
  ])('refuses %j', async (env, why) => {
    await expect(from(env as Record<string, string>)).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining(why),
    });
  });

  it('sends a token over plain http to this machine', async () => {
    expect((await from({ NOMAD_ADDR: 'http://127.0.0.1:4646', NOMAD_TOKEN: 'x' })).nomad.token).toBeDefined();
  });
});
