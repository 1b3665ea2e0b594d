import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ConsulConfig } from './adapters/consul.js';
import type { NomadConfig } from './adapters/nomad/config.js';
import type { TlsFiles } from './adapters/tls.js';
import type { VaultConfig } from './adapters/vault.js';
import { DbctlError } from './errors/dbctl-error.js';
import type { FilesPort } from './ports/files.js';
import { Secret } from './shared/secret.js';

/** Where each address and token came from: the name of a variable, a file, `default`, a lab. Never a value. */
export interface Origins {
  readonly nomad: string;
  /** `null`: there is no token. */
  readonly nomadToken: string | null;
  readonly vault: string;
  readonly vaultToken: string | null;
}

export interface Connection {
  readonly from: Origins;
  readonly nomad: NomadConfig;
  readonly vault: VaultConfig;
  /** Absent: as Nomad's agent says, if it does. */
  readonly consul?: ConsulConfig;
}

type Env = Readonly<Record<string, string | undefined>>;

/** NOMAD_* and VAULT_* as the tools themselves read them; Vault's token also from ~/.vault-token. Throws USAGE. */
export async function connectionFromEnv(env: Env, files: FilesPort): Promise<Connection> {
  const consul = await consulFromEnv(env, files);
  const vaultToken = env['VAULT_TOKEN'] || (await files.read(join(homedir(), '.vault-token')))?.trim();
  return {
    from: {
      nomad: env['NOMAD_ADDR'] ? 'NOMAD_ADDR' : 'default',
      nomadToken: env['NOMAD_TOKEN'] ? 'NOMAD_TOKEN' : null,
      vault: env['VAULT_ADDR'] ? 'VAULT_ADDR' : 'default',
      vaultToken: env['VAULT_TOKEN'] ? 'VAULT_TOKEN' : vaultToken ? '~/.vault-token' : null,
    },
    nomad: {
      address: checked('NOMAD_ADDR', env['NOMAD_ADDR'] || 'http://127.0.0.1:4646', env['NOMAD_TOKEN']),
      ...(env['NOMAD_TOKEN'] ? { token: new Secret(env['NOMAD_TOKEN']) } : {}),
      ...(env['NOMAD_NAMESPACE'] ? { namespace: env['NOMAD_NAMESPACE'] } : {}),
      ...(env['NOMAD_REGION'] ? { region: env['NOMAD_REGION'] } : {}),
      tls: tlsFiles(env, 'NOMAD'),
    },
    vault: {
      address: checked('VAULT_ADDR', env['VAULT_ADDR'] || 'https://127.0.0.1:8200', vaultToken),
      ...(vaultToken ? { token: new Secret(vaultToken) } : {}),
      ...(env['VAULT_NAMESPACE'] ? { namespace: env['VAULT_NAMESPACE'] } : {}),
      tls: tlsFiles(env, 'VAULT'),
    },
    ...(consul ? { consul } : {}),
  };
}

/** CONSUL_HTTP_ADDR is `host:port` or a URL; the token is CONSUL_HTTP_TOKEN or in CONSUL_HTTP_TOKEN_FILE. */
async function consulFromEnv(env: Env, files: FilesPort): Promise<ConsulConfig | undefined> {
  const named = env['CONSUL_HTTP_ADDR'];
  if (!named) return undefined;
  const scheme = isTrue(env['CONSUL_HTTP_SSL']) ? 'https' : 'http';
  return consulAt(named.includes('://') ? named : `${scheme}://${named}`, env, files);
}

/** With token and certificates from the environment, wherever Consul is. Throws USAGE. */
export async function consulAt(address: string, env: Env, files: FilesPort): Promise<ConsulConfig> {
  const token = await consulToken(env, files);
  return {
    address: checked('CONSUL_HTTP_ADDR', address, token),
    ...(token ? { token: new Secret(token) } : {}),
    tls: consulTls(env),
  };
}

const consulTls = (env: Env): TlsFiles => ({
  ...(env['CONSUL_CACERT'] ? { caCert: env['CONSUL_CACERT'] } : {}),
  ...(env['CONSUL_CLIENT_CERT'] ? { clientCert: env['CONSUL_CLIENT_CERT'] } : {}),
  ...(env['CONSUL_CLIENT_KEY'] ? { clientKey: env['CONSUL_CLIENT_KEY'] } : {}),
  ...(env['CONSUL_TLS_SERVER_NAME'] ? { serverName: env['CONSUL_TLS_SERVER_NAME'] } : {}),
  ...(isFalse(env['CONSUL_HTTP_SSL_VERIFY']) ? { skipVerify: true } : {}),
});

async function consulToken(env: Env, files: FilesPort): Promise<string | undefined> {
  if (env['CONSUL_HTTP_TOKEN']) return env['CONSUL_HTTP_TOKEN'];
  const path = env['CONSUL_HTTP_TOKEN_FILE'];
  if (!path) return undefined;
  const text = await files.read(path);
  if (text !== undefined) return text.trim();
  throw new DbctlError('USAGE', 'the file of the token for Consul does not exist', {
    where: 'CONSUL_HTTP_TOKEN_FILE',
    value: path,
  });
}

const isTrue = (value = ''): boolean => ['1', 't', 'true'].includes(value.toLowerCase());
const isFalse = (value = ''): boolean => ['0', 'f', 'false'].includes(value.toLowerCase());

/** `<TOOL>_CACERT`, `_CLIENT_CERT`, `_CLIENT_KEY`, `_TLS_SERVER_NAME`, `_SKIP_VERIFY`. */
function tlsFiles(env: Env, tool: 'NOMAD' | 'VAULT'): TlsFiles {
  const value = (name: string): string | undefined => env[`${tool}_${name}`] || undefined;
  const [caCert, clientCert, clientKey, serverName] = ['CACERT', 'CLIENT_CERT', 'CLIENT_KEY', 'TLS_SERVER_NAME'].map(
    value,
  );
  return {
    ...(caCert ? { caCert } : {}),
    ...(clientCert ? { clientCert } : {}),
    ...(clientKey ? { clientKey } : {}),
    ...(serverName ? { serverName } : {}),
    ...(isTrue(value('SKIP_VERIFY')) ? { skipVerify: true } : {}),
  };
}

/** A token over plain http to another machine could be read on the way: refused (reliability, security checklist). */
function checked(name: string, address: string, token: string | undefined): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    throw new DbctlError('USAGE', `${name} is not an http(s) address`, {
      value: address,
      next: `export ${name}=https://<host>:<port>`,
    });
  }
  const loopback = ['localhost', '[::1]'].includes(url.hostname) || url.hostname.startsWith('127.');
  if (url.protocol === 'http:' && token && !loopback) {
    throw new DbctlError('USAGE', `${name} would send a token over plain http to another machine`, {
      value: url.origin,
      next: 'use https, or an ssh tunnel to loopback',
    });
  }
  return address;
}
