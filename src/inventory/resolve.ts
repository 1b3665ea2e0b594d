import { durationSeconds, memoryMiB } from './quantity.js';
import type { RawCommon, RawInventory, RawService } from './schema.js';
import type { Inventory, InventoryService, NotifyTarget, OffsiteTarget, Resource } from './types.js';

/** What dbctl takes where neither the service nor `defaults` says anything. */
export const HOUSE = {
  image: 'same-as-source',
  driver: 'docker',
  placement: 'auto',
  portsFrom: 5433,
  volume: { kind: 'dynamic', name: '{service}_postgres_data' },
  backup: { schedule: '30 2 * * *', keep: { last: 3, daily: 7, weekly: 4, monthly: 6 }, volume: 'db-backups' },
  vault: { mount: 'secret', prefix: 'postgres', key: 'password' },
  shared: { job: 'postgresql', task: 'postgres', admin: 'admin' },
  resources: { postgres: { cpu: 200, memory: 256 }, toolbox: { cpu: 100, memory: 128 }, init: { cpu: 50, memory: 64 } },
  soak: '24h',
  healthyDeadline: '5m',
  lockWait: '60s',
} as const;

/** A day, and two hours for what runs late. */
const DRILL_AGE_SECONDS = 26 * 3600;

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
  drill: { schedule: null, rtoSeconds: null, maxAgeSeconds: DRILL_AGE_SECONDS, assertions: [] },
  drift: own.drift ?? base.drift ?? 'refuse',
});

const volumeOf = (service: string, own: RawCommon, base: RawCommon): InventoryService['volume'] => ({
  kind: own.volume?.kind ?? base.volume?.kind ?? HOUSE.volume.kind,
  name: (own.volume?.name ?? base.volume?.name ?? HOUSE.volume.name).replaceAll('{service}', service),
});

const backupOf = (own: RawCommon, base: RawCommon, prefix: string): InventoryService['backup'] => {
  const merged = { ...HOUSE.backup, ...base.backup, ...own.backup };
  return {
    schedule: merged.schedule ?? HOUSE.backup.schedule,
    volume: merged.volume ?? HOUSE.backup.volume,
    keep: { ...HOUSE.backup.keep, ...defined(base.backup?.keep), ...defined(own.backup?.keep) },
    offsite: (own.backup?.offsite ?? base.backup?.offsite ?? []).map((url) => offsiteTarget(url, prefix)),
    encrypt: null,
    notify: (own.backup?.notify ?? base.backup?.notify ?? []).map(notifyTarget),
  };
};

/** `s3://bucket/folder?endpoint=…` */
const offsiteTarget = (url: string, prefix: string): OffsiteTarget => {
  const { protocol, host, pathname, searchParams } = new URL(url);
  const name = protocol.replace(/:$/, '');
  const secret = `${prefix}/offsite/${name}`;
  const options = { type: name, ...Object.fromEntries(searchParams) };
  return { name, options, remotePath: `${host}${pathname}`.replace(/\/$/, ''), secret, read: secret };
};

type RawNotify = NonNullable<NonNullable<RawCommon['backup']>['notify']>[number];

const notifyTarget = (raw: RawNotify): NotifyTarget => (typeof raw === 'string' ? { url: raw, on: ['failure'] } : raw);

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

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Drops keys that are present but undefined, so that a spread never overwrites a default with nothing. */
const defined = <T extends object>(value: T | undefined): Defined<T> =>
  Object.fromEntries(Object.entries(value ?? {}).filter(([, item]) => item !== undefined)) as Defined<T>;
