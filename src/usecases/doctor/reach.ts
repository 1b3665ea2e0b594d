import type { NomadReach, VaultReach, VaultToken, WorkloadPolicy } from '../../plan/doctor/facts.js';
import { vaultApiPath } from '../../plan/names.js';
import type { LookDeps } from './deps.js';
import { problemOf, problemOrNull } from './seen.js';

const WORKLOADS = 'nomad-workloads';

export async function nomadReach({ nomad, access, address }: LookDeps): Promise<NomadReach> {
  return { address, problem: await problemOrNull(access().then(() => nomad.listJobs())) };
}

export async function vaultReach({ vault }: LookDeps): Promise<VaultReach> {
  try {
    return { problem: null, ...(await vault.health()) };
  } catch (error) {
    return { problem: problemOf(error), sealed: false, version: '' };
  }
}

/** A token that may not ask what it may do is no problem by itself. */
export async function vaultToken({ vault, inventory, services }: LookDeps): Promise<VaultToken> {
  const { mount } = inventory.vault;
  const paths = [
    vaultApiPath(mount, inventory.shared.admin),
    ...services.map((service) => vaultApiPath(service.vault.mount, service.vault.path)),
  ];
  const [lease, may, storage] = await Promise.all([
    vault.tokenLease().catch((error: unknown) => problemOf(error)),
    vault.capabilities(paths).catch((error: unknown) => void problemOf(error)),
    vault.storage().catch((error: unknown) => void problemOf(error)),
  ]);
  const rest = { may: may ?? null, inMemory: storage === 'inmem' };
  return 'code' in lease
    ? { problem: lease, ttlMs: 0, renewable: false, ...rest }
    : { problem: null, ...lease, ...rest };
}

export async function workloadPolicy({ vault }: LookDeps): Promise<WorkloadPolicy> {
  return { name: WORKLOADS, text: (await vault.policy(WORKLOADS)) ?? null };
}
