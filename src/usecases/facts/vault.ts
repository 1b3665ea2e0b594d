import { z } from 'zod';
import { verifiersSql } from '../../engines/postgres/roles.js';
import { matchesVerifier } from '../../engines/postgres/scram.js';
import { isDbctlError } from '../../errors/dbctl-error.js';
import type { InventoryService } from '../../inventory/types.js';
import type { SourceFacts, Unusable, VaultFacts } from '../../plan/facts.js';
import { Secret } from '../../shared/secret.js';
import type { FactsDeps } from './facts-deps.js';

type VaultDeps = Pick<FactsDeps, 'vault' | 'sql' | 'inventory' | 'signal'>;

/** Whether the secret exists and fits the role. Neither the password nor the verifier leaves this function. */
export const collectVault = async (
  deps: VaultDeps,
  service: InventoryService,
  source: SourceFacts | Unusable,
): Promise<VaultFacts> => {
  const { mount, path, key } = service.vault;
  const secret = await deps.vault.read(mount, path).catch(whenDeleted);
  if (secret === undefined) return NOT_THERE;
  if (secret === 'deleted') return { ...NOT_THERE, deleted: true };
  const password = secret.data[key];
  const flaw = password === undefined ? null : flawOf(password);
  const verifier = password === undefined || flaw !== null ? undefined : await roleVerifier(deps, source);
  return {
    secret: { version: secret.version, keys: Object.keys(secret.data).sort() },
    fits: password === undefined || verifier === undefined ? null : matchesVerifier(password, verifier),
    flaw,
  };
};

/** One service's deleted secret is a finding of its plan, not the end of everybody's. */
const whenDeleted = (error: unknown): 'deleted' => {
  if (!isDbctlError(error, 'VAULT_SECRET_MISSING')) throw error;
  return 'deleted';
};

const NOT_THERE: VaultFacts = { secret: null, fits: null, flaw: null };

/** What no line of settings can hold. */
export const flawOf = (password: Secret): VaultFacts['flaw'] => {
  const text = password.reveal();
  if (text === '') return 'empty';
  return /[\r\n\0]/.test(text) ? 'line-break' : null;
};

const verifierRow = z.object({ name: z.string(), verifier: z.string().transform((text) => new Secret(text)) });

const roleVerifier = async (deps: VaultDeps, source: SourceFacts | Unusable): Promise<Secret | undefined> => {
  const role = 'code' in source ? undefined : source.moving[0]?.role;
  if ('code' in source || !role) return undefined;
  const { name } = role;
  const target = { allocId: source.allocId, task: deps.inventory.shared.task, database: 'postgres' };
  const rows = await deps.sql.run(target, verifiersSql([name]), { signal: deps.signal });
  const parsed = z.array(verifierRow).safeParse(rows);
  return parsed.success ? parsed.data.find((row) => row.name === name)?.verifier : undefined;
};
