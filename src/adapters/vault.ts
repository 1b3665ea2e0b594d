import createVault from 'node-vault';
import { z } from 'zod';
import { DbctlError } from '../errors/dbctl-error.js';
import type { VaultPort, VaultSecret } from '../ports/vault.js';
import { Secret } from '../shared/secret.js';
import { loadTls, type TlsFiles } from './tls.js';
import { vaultError, vaultFailure } from './vault-errors.js';
import { vaultTransport } from './vault-transport.js';

export interface VaultConfig {
  readonly address: string;
  readonly token?: Secret;
  /** Vault Enterprise or OpenBao namespace. */
  readonly namespace?: string;
  readonly tls?: TlsFiles;
  /** Default 15 000. */
  readonly timeoutMs?: number;
}

const health = z.looseObject({ sealed: z.boolean(), version: z.string() });
const secret = z.looseObject({
  data: z.looseObject({
    data: z.record(z.string(), z.unknown()).nullable(),
    metadata: z.looseObject({ version: z.number() }),
  }),
});
const written = z.looseObject({ data: z.looseObject({ version: z.number() }) });

export function vaultAdapter(config: VaultConfig): VaultPort {
  const client = createClient(config);
  return {
    async health() {
      const { sealed, version } = parse(
        health,
        await call(client, 'sys/health', () => client.read('sys/health')),
        'sys/health',
      );
      return { sealed, version };
    },
    read: (mount, path) => readSecret(client, dataPath(mount, path)),
    async write(mount, path, data, cas) {
      const where = dataPath(mount, path);
      const plain = Object.fromEntries(Object.entries(data).map(([key, value]) => [key, value.reveal()]));
      const answer = await call(client, where, () => client.write(where, { options: { cas }, data: plain }));
      return { version: parse(written, answer, where).data.version };
    },
  };
}

type Client = ReturnType<typeof createVault>;

function createClient(config: VaultConfig): Client {
  const timeoutMs = config.timeoutMs ?? 15_000;
  const client = createVault({
    endpoint: config.address.replace(/\/+$/, ''),
    // node-vault prints written secrets when DEBUG names it.
    debug: () => undefined,
    'request-promise': vaultTransport(loadTls(config.tls), timeoutMs),
  } as Parameters<typeof createVault>[0]);
  // Set afterwards, since an absent option would be taken from the environment behind the composition root's back.
  return Object.assign(client, {
    token: config.token?.reveal() ?? '',
    namespace: config.namespace ?? '',
    pathPrefix: '',
  });
}

const dataPath = (mount: string, path: string): string =>
  [...mount.split('/'), 'data', ...path.split('/')]
    .filter((part) => part !== '')
    .map(encodeURIComponent)
    .join('/');

/**
 * A deleted or destroyed version also answers 404, but its number lives on: it is not absent, and creating over it must not
 * look like a first write.
 */
async function readSecret(client: Client, where: string): Promise<VaultSecret | undefined> {
  const answer: unknown = await client.read(where).catch((error: unknown) => {
    const failure = vaultFailure(error);
    if (failure.status === 404 && !isDeletedVersion(error)) return undefined;
    if (failure.status !== 404) throw vaultError(where, failure, client.token !== '');
    throw new DbctlError('VAULT_SECRET_MISSING', 'the newest version of the secret is deleted', {
      where,
      next: 'vault kv undelete, or write a new version by hand',
    });
  });
  if (answer === undefined) return undefined;
  const { data, metadata } = parse(secret, answer, where).data;
  const entries = Object.entries(data ?? {}).map(([key, value]) => [key, new Secret(asText(value))]);
  return { data: Object.fromEntries(entries), version: metadata.version };
}

const deleted = z.looseObject({
  response: z.looseObject({ body: z.looseObject({ data: z.looseObject({ metadata: z.unknown() }) }) }),
});
const isDeletedVersion = (error: unknown): boolean => deleted.safeParse(error).success;

/** KV values may be numbers or objects; templates see them as text too. */
const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

async function call(client: Client, where: string, request: () => Promise<unknown>): Promise<unknown> {
  return request().catch((error: unknown) => {
    throw vaultError(where, vaultFailure(error), client.token !== '');
  });
}

function parse<S extends z.ZodType>(schema: S, answer: unknown, where: string): z.infer<S> {
  const result = schema.safeParse(answer);
  if (result.success) return result.data;
  throw new DbctlError('VAULT_UNAVAILABLE', 'the answer is not from a Vault with KV version 2', {
    where,
    next: 'vault status',
  });
}
