import type { Secret } from '../shared/secret.js';

export interface VaultSecret {
  /** Values are wrapped; keys are not secret. */
  readonly data: Readonly<Record<string, Secret>>;
  readonly version: number;
}

/** KV v2. Only HTTP 404 means absent; 403, sealed and time-outs throw VAULT_DENIED / VAULT_UNAVAILABLE. */
export interface VaultPort {
  health(): Promise<{ sealed: boolean; version: string }>;
  read(mount: string, path: string): Promise<VaultSecret | undefined>;
  /** Check-and-set: `cas` 0 creates, else the current version. A mismatch throws VAULT_CAS. */
  write(mount: string, path: string, data: Readonly<Record<string, Secret>>, cas: number): Promise<{ version: number }>;
  /** Of dbctl's own token; 0 ms is one that never ends. */
  tokenLease(): Promise<{ ttlMs: number; renewable: boolean }>;
  /** For so long, or as long again as it was given at first; never beyond its maximum. */
  renewToken(seconds?: number): Promise<void>;
  /** What dbctl's own token may do, by the API path. Throws VAULT_DENIED where the token may not ask that. */
  capabilities(paths: readonly string[]): Promise<Readonly<Record<string, readonly string[]>>>;
  /** Text of a policy; `undefined` when there is none of that name. */
  policy(name: string): Promise<string | undefined>;
  /** Kind of storage, `inmem` for a dev server; needs no token. */
  storage(): Promise<string>;
}
