import type { Clock } from '../ports/clock.js';
import type { VaultPort } from '../ports/vault.js';

/** A lease this short would have us ask all the time. */
const SHORTEST_MS = 1_000;

/**
 * Renews dbctl's token for Vault at half of what is left of it while `work` goes on. A token that cannot be renewed, or may not
 * ask, is left alone: the step that needs Vault next says so with VAULT_DENIED.
 */
export async function keepingToken<T>(
  deps: { readonly vault: VaultPort; readonly clock: Clock },
  work: () => Promise<T>,
): Promise<T> {
  const done = new AbortController();
  const renewing = renewUntil(deps, done.signal);
  try {
    return await work();
  } finally {
    done.abort();
    await renewing;
  }
}

async function renewUntil({ vault, clock }: Parameters<typeof keepingToken>[0], done: AbortSignal): Promise<void> {
  while (!done.aborted) {
    const lease = await vault.tokenLease().catch(() => undefined);
    if (!lease || lease.ttlMs <= 0 || !lease.renewable) return;
    await clock.sleep(Math.max(SHORTEST_MS, lease.ttlMs / 2), done).catch(() => undefined);
    if (!done.aborted) await vault.renewToken().catch(() => undefined);
  }
}
