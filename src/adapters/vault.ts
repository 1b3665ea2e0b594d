import { isDeepStrictEqual } from 'node:util';
import createVault from 'node-vault';
import { z } from 'zod';
import { DbctlError } from '../errors/dbctl-error.js';
import type { VaultPort, VaultSecret } from '../ports/vault.js';
import { Secret } from '../shared/secret.js';
import { patiently } from './patience.js';
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
    write: (mount, path, data, cas) => writeSecret(client, dataPath(mount, path), data, cas),
    tokenLease: () => tokenLease(client),
    async renewToken(seconds) {
      const wanted = seconds === undefined ? {} : { increment: seconds };
      await call(client, 'auth/token/renew-self', () => client.write('auth/token/renew-self', wanted));
    },
    capabilities: (paths) => capabilities(client, paths),
    policy: (name) => policyText(client, name),
    async storage() {
      const where = 'sys/seal-status';
      return parse(stored, await call(client, where, () => client.read(where)), where).storage_type ?? '';
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

/** Of a write whose answer was lost. */
const TRIES = 3;

/**
 * Check-and-set. After a lost answer it looks before it writes again: the expected version is still there (not done), the very
 * values are the next one (done), or somebody else's are (VAULT_CAS).
 */
async function writeSecret(
  client: Client,
  where: string,
  data: Readonly<Record<string, Secret>>,
  cas: number,
): Promise<{ version: number }> {
  const plain = Object.fromEntries(Object.entries(data).map(([key, value]) => [key, value.reveal()]));
  for (let left = TRIES; ; left--) {
    try {
      const answer: unknown = await client.write(where, { options: { cas }, data: plain });
      return { version: parse(written, answer, where).data.version };
    } catch (error) {
      if (error instanceof DbctlError) throw error;
      const failure = vaultFailure(error);
      if (failure.status !== undefined && failure.status < 500) throw vaultError(where, failure, client.token !== '');
      const now = await readSecret(client, where);
      if (now?.version === cas + 1 && sameValues(now.data, data)) return { version: now.version };
      if (left === 1 || (now?.version ?? 0) !== cas) throw vaultError(where, failure, client.token !== '');
    }
  }
}

const sameValues = (a: VaultSecret['data'], b: VaultSecret['data']): boolean =>
  isDeepStrictEqual(revealed(a), revealed(b));
const revealed = (data: VaultSecret['data']): Record<string, string> =>
  Object.fromEntries(Object.entries(data).map(([key, value]) => [key, value.reveal()]));

const lease = z.looseObject({ data: z.looseObject({ ttl: z.number(), renewable: z.boolean().nullish() }) });

async function tokenLease(client: Client): Promise<{ ttlMs: number; renewable: boolean }> {
  const where = 'auth/token/lookup-self';
  const { ttl, renewable } = parse(lease, await call(client, where, () => client.read(where)), where).data;
  return { ttlMs: ttl * 1_000, renewable: renewable === true };
}

const rights = z.looseObject({ data: z.record(z.string(), z.unknown()) });
const words = z.array(z.string());
const policied = z.looseObject({ data: z.looseObject({ policy: z.string() }) });
const stored = z.looseObject({ storage_type: z.string().nullish() });

async function capabilities(client: Client, paths: readonly string[]): Promise<Record<string, readonly string[]>> {
  const where = 'sys/capabilities-self';
  const { data } = parse(rights, await call(client, where, () => client.write(where, { paths })), where);
  return Object.fromEntries(paths.map((path) => [path, words.safeParse(data[path]).data ?? []]));
}

async function policyText(client: Client, name: string): Promise<string | undefined> {
  const where = `sys/policies/acl/${encodeURIComponent(name)}`;
  const answer: unknown = await patiently(() => client.read(where), isTransient).catch((error: unknown) => {
    const failure = vaultFailure(error);
    if (failure.status === 404) return undefined;
    throw vaultError(where, failure, client.token !== '');
  });
  return answer === undefined ? undefined : parse(policied, answer, where).data.policy;
}

/**
 * A deleted or destroyed version also answers 404, but its number lives on: it is not absent, and creating over it must not
 * look like a first write.
 */
async function readSecret(client: Client, where: string): Promise<VaultSecret | undefined> {
  const answer: unknown = await patiently(() => client.read(where), isTransient).catch((error: unknown) => {
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

/** Worth another try: no answer, too much to do, or a machine in between. A sealed Vault stays sealed. */
function isTransient(error: Error): boolean {
  const { status, text } = vaultFailure(error);
  return status === undefined || status === 429 || (status >= 500 && !/sealed/i.test(text));
}

/** Only for what may be asked twice. */
async function call(client: Client, where: string, request: () => Promise<unknown>): Promise<unknown> {
  return patiently(request, isTransient).catch((error: unknown) => {
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
