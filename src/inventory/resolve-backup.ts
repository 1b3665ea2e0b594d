import { defined } from './defined.js';
import { httpsUrl, notifyKind, vaultRef } from './notify-url.js';
import { offsiteAddress } from './offsite-url.js';
import { durationSeconds } from './quantity.js';
import type { RawCommon } from './schema.js';
import type { DrillSettings, InventoryService, NotifyTarget, OffsiteTarget } from './types.js';

type RawBackup = NonNullable<RawCommon['backup']>;
type RawNotify = NonNullable<RawBackup['notify']>[number];
type RawOffsite = NonNullable<RawBackup['offsite']>[number];

/** What dbctl takes where neither the service nor `defaults` says anything. */
const HOUSE = {
  schedule: '30 2 * * *',
  zone: 'UTC',
  keep: { last: 3, daily: 7, weekly: 4, monthly: 6 },
  volume: 'db-backups',
  // A day, and two hours for what runs late.
  maxAge: '26h',
} as const;

/** A service's own lists replace those of the defaults; `keep` and `tools` are merged key by key. */
export const backupOf = (own: RawCommon, base: RawCommon, prefix: string): InventoryService['backup'] => {
  const merged = { ...HOUSE, ...defined(base.backup), ...defined(own.backup) };
  const tools = { ...defined(base.backup?.tools), ...defined(own.backup?.tools) };
  return {
    schedule: merged.schedule,
    zone: merged.zone,
    volume: merged.volume,
    keep: { ...HOUSE.keep, ...defined(base.backup?.keep), ...defined(own.backup?.keep) },
    offsite: (merged.offsite ?? []).map((raw) => offsiteTarget(raw, prefix)),
    encrypt:
      merged.encrypt === undefined
        ? null
        : { recipients: merged.encrypt.recipients, identity: merged.encrypt.identity ?? null },
    tools: { rclone: tools.rclone ?? null, age: tools.age ?? null },
    notify: (merged.notify ?? []).map(notifyTarget),
  };
};

/** Called for URLs that the schema has accepted. */
const offsiteTarget = (raw: RawOffsite, prefix: string): OffsiteTarget => {
  const said = typeof raw === 'string' ? { url: raw } : raw;
  const address = offsiteAddress(said.url);
  const { options, remotePath } = typeof address === 'string' ? { options: {}, remotePath: '' } : address;
  const name = said.name ?? /^(?:rclone:)?([a-z0-9]+)/.exec(said.url)?.[1] ?? '';
  const secret = said.secret ?? `${prefix}/offsite/${name}`;
  return { name, options, remotePath, secret, read: said.read ?? secret, prune: said.prune ?? false };
};

const notifyTarget = (raw: RawNotify): NotifyTarget => {
  const { url, kind, on = ['failure' as const] } = typeof raw === 'string' ? { url: raw } : raw;
  const ref = url.startsWith('vault:') ? vaultRef(url.slice('vault:'.length)) : undefined;
  return { kind: kind ?? notifyKind(url), url: ref ?? httpsUrl(url), on };
};

export const drillOf = (own: RawCommon, base: RawCommon): DrillSettings => {
  const merged = { ...defined(base.drill), ...defined(own.drill) };
  return {
    schedule: merged.schedule ?? null,
    rtoSeconds: merged.rto === undefined ? null : durationSeconds(merged.rto),
    maxAgeSeconds: durationSeconds(merged.maxAge ?? HOUSE.maxAge),
    assertions: merged.assertions ?? [],
  };
};
