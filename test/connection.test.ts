import { homedir } from 'node:os';
import { join } from 'node:path';
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

  it('says where each address and token came from', async () => {
    const none = { nomad: 'default', nomadToken: null, vault: 'default', vaultToken: null };
    expect((await connectionFromEnv({}, fakeFiles())).from).toEqual(none);
    const env = {
      NOMAD_ADDR: 'https://n:4646',
      VAULT_ADDR: 'https://v:8200',
      NOMAD_TOKEN: 'tok-a',
      VAULT_TOKEN: 'tok-b',
    };
    const named = { nomad: 'NOMAD_ADDR', nomadToken: 'NOMAD_TOKEN', vault: 'VAULT_ADDR', vaultToken: 'VAULT_TOKEN' };
    expect((await from(env)).from).toEqual(named);
    const file = fakeFiles({ [join(homedir(), '.vault-token')]: 'tok-c\n' });
    expect((await connectionFromEnv({}, file)).from).toEqual({ ...none, vaultToken: '~/.vault-token' });
  });

  it('wraps tokens, so that printing the connection shows none', async () => {
    const connection = await from({ NOMAD_TOKEN: 'tok-nomad', VAULT_TOKEN: 'tok-vault' });
    expect(JSON.stringify(connection)).not.toContain('tok-');
    expect(connection.vault.token?.reveal()).toBe('tok-vault');
  });

  it.each([
    [{ CONSUL_HTTP_ADDR: '127.0.0.1:8500' }, 'http://127.0.0.1:8500'],
    [{ CONSUL_HTTP_ADDR: 'c.home:8501', CONSUL_HTTP_SSL: 'true', CONSUL_HTTP_TOKEN: 'x' }, 'https://c.home:8501'],
    [{ CONSUL_HTTP_ADDR: 'https://c.home:8501' }, 'https://c.home:8501'],
  ])('reads the address of Consul as its own tool does: %j', async (env, address) => {
    expect((await from(env as Record<string, string>)).consul?.address).toBe(address);
  });

  it('needs no Consul; its token may be in a file', async () => {
    expect((await from({})).consul).toBeUndefined();
    const env = { CONSUL_HTTP_ADDR: '127.0.0.1:8500', CONSUL_HTTP_TOKEN_FILE: '/token', CONSUL_CACERT: '/ca.pem' };
    const { consul } = await connectionFromEnv(env, fakeFiles({ '/token': 'tok-consul\n' }));
    expect(consul?.token?.reveal()).toBe('tok-consul');
    expect(consul?.tls).toEqual({ caCert: '/ca.pem' });
    expect(JSON.stringify(consul)).not.toContain('tok-');
  });

  it.each([
    [{ NOMAD_ADDR: 'nomad.home:4646' }, 'not an http'],
    [{ NOMAD_ADDR: 'http://nomad.home:4646', NOMAD_TOKEN: 'x' }, 'plain http'],
    [{ VAULT_ADDR: 'http://10.0.0.5:8200', VAULT_TOKEN: 'x' }, 'plain http'],
    [{ CONSUL_HTTP_ADDR: 'c.home:8500', CONSUL_HTTP_TOKEN: 'x' }, 'plain http'],
    [{ CONSUL_HTTP_ADDR: '127.0.0.1:8500', CONSUL_HTTP_TOKEN_FILE: '/none' }, 'does not exist'],
    [{ CONSUL_HTTP_ADDR: 'unix:///run/consul.sock' }, 'not an http'],
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
