import { matchesVerifier, verifierKind } from '../../engines/postgres/scram.js';
import { isDbctlError } from '../../errors/dbctl-error.js';
import type { InventoryService } from '../../inventory/types.js';
import type { SecretLook } from '../../plan/doctor/facts.js';
import type { AppEnvironment } from '../../plan/facts.js';
import { vaultApiPath } from '../../plan/names.js';
import type { VaultSecret } from '../../ports/vault.js';
import type { Secret } from '../../shared/secret.js';
import { flawOf } from '../facts/vault.js';
import type { LookDeps } from './deps.js';
import { problemOf } from './seen.js';
import type { LookedServer } from './servers.js';

/** As Vault gave it. Stays among the collectors. */
export type ReadSecret = VaultSecret | 'absent' | 'deleted' | { readonly problem: SecretLook['problem'] };

export const readSecret = ({ vault }: LookDeps, { vault: { mount, path } }: InventoryService): Promise<ReadSecret> =>
  vault.read(mount, path).then(
    (secret) => secret ?? 'absent',
    (error: unknown) => (isDbctlError(error, 'VAULT_SECRET_MISSING') ? 'deleted' : { problem: problemOf(error) }),
  );

export const passwordOf = (secret: ReadSecret, key: string): Secret | undefined =>
  typeof secret === 'object' && 'data' in secret ? secret.data[key] : undefined;

export interface SecretInput {
  readonly service: InventoryService;
  readonly secret: ReadSecret;
  readonly environments: readonly AppEnvironment[];
  /** Where the service's data lives; absent when it could not be asked. */
  readonly server: LookedServer | undefined;
}

/** Vault's value against the role's verifier. Neither of the two leaves this function. */
export function secretLook({ service, secret, environments, server }: SecretInput): SecretLook {
  const { mount, path, key } = service.vault;
  const there = typeof secret === 'object' && 'data' in secret ? secret : undefined;
  const password = there?.data[key];
  const flaw = password === undefined ? null : flawOf(password);
  const role = roleOf(service, environments);
  const verifier = server?.verifiers.get(role);
  // An md5 verifier has a check of its own.
  const comparable =
    password !== undefined && flaw === null && verifier !== undefined && verifierKind(verifier) === 'scram';
  return {
    service: service.name,
    path: vaultApiPath(mount, path),
    key,
    problem: typeof secret === 'object' && 'problem' in secret ? secret.problem : null,
    state: typeof secret === 'string' ? secret : 'there',
    version: there?.version ?? 0,
    keys: Object.keys(there?.data ?? {}).sort(),
    flaw,
    fits: comparable ? matchesVerifier(password, verifier) : null,
    role,
  };
}

export const roleOf = (service: InventoryService, environments: readonly AppEnvironment[]): string =>
  service.role ?? environments.find(({ role }) => role !== null)?.role ?? service.name;
