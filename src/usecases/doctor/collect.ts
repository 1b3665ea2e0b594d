import type { InventoryService } from '../../inventory/types.js';
import type { AppLook, ClusterLook, SecretLook } from '../../plan/doctor/facts.js';
import type { Coming } from '../../plan/doctor/run.js';
import type { AppEnvironment } from '../../plan/facts.js';
import { once } from '../../shared/once.js';
import { allocationsOf, environmentsOf, taskPasswords } from './apps.js';
import { backupsLook } from './backups.js';
import { clusterLook } from './cluster.js';
import { consulReach } from './consul.js';
import type { LookDeps } from './deps.js';
import { jobspecLooks } from './jobspecs.js';
import { journalLooks } from './journals.js';
import { logLooks } from './logs.js';
import { nomadReach, vaultReach, vaultToken, workloadPolicy } from './reach.js';
import { registeredLook } from './registered.js';
import { passwordOf, type ReadSecret, readSecret, secretLook } from './secrets.js';
import { seen } from './seen.js';
import { dedicatedServer, type LookedServer, sharedServer } from './servers.js';

/** Every source, each read once at the first asking. One that fails is a gap, and the others go on. */
export function collect(deps: LookDeps): Coming {
  const raw = rawSources(deps);
  const of = <T>(read: () => Promise<T>) => once(() => seen(read));
  return {
    nomad: of(() => nomadReach(deps)),
    vault: of(() => vaultReach(deps)),
    token: of(() => vaultToken(deps)),
    policy: of(() => workloadPolicy(deps)),
    cluster: of(raw.cluster),
    journals: of(raw.journals),
    shared: of(async () => (await raw.shared()).look),
    dedicated: of(async () => [...(await raw.dedicated()).values()].map(({ look }) => look)),
    consul: of(async () => consulReach(deps, await raw.cluster())),
    jobspecs: of(async () => jobspecLooks(deps, await raw.cluster())),
    registered: of(async () => registeredLook(deps, await raw.cluster())),
    logs: of(async () => logLooks(deps, await raw.cluster())),
    backups: of(() => backupsLook(deps)),
    apps: of(() => Promise.all(deps.services.map((service) => appLook(deps, raw, service)))),
    secrets: of(() => Promise.all(deps.services.map((service) => secretOf(raw, service)))),
  };
}

/** With secrets in them: they stay in this file and in those that it calls. */
interface Raw {
  readonly cluster: () => Promise<ClusterLook>;
  readonly journals: () => ReturnType<typeof journalLooks>;
  readonly shared: () => Promise<LookedServer>;
  /** By service. */
  readonly dedicated: () => Promise<ReadonlyMap<string, LookedServer>>;
  readonly environments: (service: InventoryService) => Promise<AppEnvironment[]>;
  readonly secret: (service: InventoryService) => Promise<ReadSecret>;
}

function rawSources(deps: LookDeps): Raw {
  const cluster = once(() => clusterLook(deps));
  const journals = once(() => journalLooks(deps));
  const environments = new Map(
    deps.services.map((service) => [service, once(async () => environmentsOf(deps, service, await cluster()))]),
  );
  const secrets = new Map(deps.services.map((service) => [service, once(() => readSecret(deps, service))]));
  return {
    ...{ cluster, journals },
    shared: once(async () =>
      sharedServer(
        deps,
        (await journals()).some(({ own }) => !own),
      ),
    ),
    dedicated: once(async () => {
      const own = new Set((await journals()).filter((one) => one.own).map(({ service }) => service));
      const services = deps.services.filter(({ name }) => own.has(name));
      const looks = await Promise.all(services.map((service) => dedicatedServer(deps, service)));
      return new Map(services.map(({ name }, at) => [name, looks[at] as LookedServer]));
    }),
    environments: async (service) => (await environments.get(service)?.()) ?? [],
    secret: async (service) => (await secrets.get(service)?.()) ?? 'absent',
  };
}

async function appLook(deps: LookDeps, raw: Raw, service: InventoryService): Promise<AppLook> {
  const [cluster, environments, secret] = await Promise.all([
    raw.cluster(),
    raw.environments(service),
    raw.secret(service),
  ]);
  const password = passwordOf(secret, service.vault.key);
  const passwords = await taskPasswords(deps, allocationsOf(service, cluster), environments, password);
  return { service: service.name, environments, passwords };
}

async function secretOf(raw: Raw, service: InventoryService): Promise<SecretLook> {
  const [secret, environments, own, shared] = await Promise.all([
    raw.secret(service),
    raw.environments(service),
    raw.dedicated(),
    raw.shared(),
  ]);
  return secretLook({ service, secret, environments, server: own.get(service.name) ?? shared });
}
