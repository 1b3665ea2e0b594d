import { defined } from './defined.js';
import { durationSeconds, memoryMiB } from './quantity.js';
import { backupOf, drillOf } from './resolve-backup.js';
import type { RawCommon, RawInventory, RawService } from './schema.js';
import type { Inventory, InventoryService, Resource } from './types.js';

/** What dbctl takes where neither the service nor `defaults` says anything. */
export const HOUSE = {
  image: 'same-as-source',
  driver: 'docker',
  placement: 'auto',
  portsFrom: 5433,
  volume: { kind: 'dynamic', name: '{service}_postgres_data' },
  vault: { mount: 'secret', prefix: 'postgres', key: 'password' },
  shared: { job: 'postgresql', task: 'postgres', admin: 'admin' },
  resources: { postgres: { cpu: 200, memory: 256 }, toolbox: { cpu: 100, memory: 128 }, init: { cpu: 50, memory: 64 } },
  soak: '24h',
  healthyDeadline: '5m',
  lockWait: '60s',
} as const;

/** Fills in every default; pure and deterministic. */
export const resolveInventory = (raw: RawInventory, path: string, sha256: string): Inventory => {
  const vault = {
    mount: raw.vault?.mount ?? HOUSE.vault.mount,
    prefix: raw.vault?.prefix ?? HOUSE.vault.prefix,
    role: raw.vault?.role ?? null,
  };
  const job = raw.shared?.job ?? HOUSE.shared.job;
  return {
    path,
    sha256,
    vault,
    shared: {
      job,
      task: raw.shared?.task ?? HOUSE.shared.task,
      service: raw.shared?.service ?? job,
      admin: raw.shared?.admin ?? `${vault.prefix}/${HOUSE.shared.admin}`,
      jobspec: raw.shared?.jobspec ?? null,
      backup: backupOf({}, raw.defaults ?? {}, vault.prefix),
    },
    ports: { from: raw.defaults?.ports?.from ?? HOUSE.portsFrom },
    services: Object.entries(raw.services).map(([name, service]) =>
      resolveService(name, service, raw.defaults ?? {}, vault),
    ),
  };
};

const resolveService = (
  name: string,
  own: RawService,
  base: RawCommon,
  vault: Inventory['vault'],
): InventoryService => ({
  name,
  priority: own.priority ?? 'medium',
  job: own.job ?? name,
  app: own.app ?? null,
  ...(own.settings === undefined ? {} : { settings: own.settings }),
  repoint: own.repoint ?? null,
  jobspec: own.jobspec ?? null,
  group: own.group ?? null,
  tasks: own.tasks ?? null,
  databases: own.databases ?? (own.database === undefined ? [] : [own.database]),
  role: own.role ?? null,
  extensions: [...new Set(own.extensions ?? [])],
  port: own.port ?? null,
  image: own.image ?? base.image ?? HOUSE.image,
  major: own.major ?? base.major ?? null,
  driver: own.driver ?? base.driver ?? HOUSE.driver,
  placement: own.placement ?? base.placement ?? HOUSE.placement,
  volume: volumeOf(name, own, base),
  backup: backupOf(own, base, vault.prefix),
  vault: {
    mount: vault.mount,
    path: own.vault?.path ?? `${vault.prefix}/${name}`,
    key: own.vault?.key ?? HOUSE.vault.key,
  },
  resources: {
    postgres: resourceOf('postgres', own, base),
    toolbox: resourceOf('toolbox', own, base),
    init: resourceOf('init', own, base),
  },
  ...timesOf(own, base),
  drill: drillOf(own, base),
  drift: own.drift ?? base.drift ?? 'refuse',
});

const volumeOf = (service: string, own: RawCommon, base: RawCommon): InventoryService['volume'] => ({
  kind: own.volume?.kind ?? base.volume?.kind ?? HOUSE.volume.kind,
  name: (own.volume?.name ?? base.volume?.name ?? HOUSE.volume.name).replaceAll('{service}', service),
});

const resourceOf = (task: 'postgres' | 'toolbox' | 'init', own: RawCommon, base: RawCommon): Resource => {
  const merged = { ...HOUSE.resources[task], ...defined(base.resources?.[task]), ...defined(own.resources?.[task]) };
  return { cpu: merged.cpu, memory: memoryMiB(merged.memory) };
};

const timesOf = (own: RawCommon, base: RawCommon): Pick<InventoryService, 'finalize' | 'migrate'> => {
  const maxDowntime = own.migrate?.maxDowntime ?? base.migrate?.maxDowntime;
  return {
    finalize: {
      soakSeconds: durationSeconds(own.finalize?.soak ?? base.finalize?.soak ?? HOUSE.soak),
      offsite: own.finalize?.offsite ?? base.finalize?.offsite ?? 'required',
    },
    migrate: {
      maxDowntimeSeconds: maxDowntime === undefined ? null : durationSeconds(maxDowntime),
      healthyDeadlineSeconds: durationSeconds(
        own.migrate?.healthyDeadline ?? base.migrate?.healthyDeadline ?? HOUSE.healthyDeadline,
      ),
      lockWaitSeconds: durationSeconds(own.migrate?.lockWait ?? base.migrate?.lockWait ?? HOUSE.lockWait),
    },
  };
};
