import { rcloneLines } from '../dataplane/rclone-conf.js';
import { DbctlError } from '../errors/dbctl-error.js';
import type { InventoryService, NotifyTarget, OffsiteTarget } from '../inventory/types.js';
import { secretsVariable } from '../plan/backup-part.js';
import type { DatabasePart } from '../plan/types.js';
import { Secret } from '../shared/secret.js';
import type { MovePorts } from './context.js';
import type { RenderedOffsite } from './offsite-needs.js';

export interface SecretsContext extends Pick<MovePorts, 'nomad' | 'vault'> {
  readonly service: InventoryService;
  readonly plan: { readonly target: Pick<DatabasePart, 'job' | 'group' | 'toolbox'> };
}

/** What came of it: whether something was written, and what Vault does not have. */
export interface PutSecrets {
  readonly written: boolean;
  readonly missing: readonly DbctlError[];
}

/**
 * Copies the credentials of copies and messages from Vault into the toolbox's own variable (ADR 0013), by compare-and-set;
 * nothing is written when nothing differs. Items that are not ours are kept, and those that were put by hand where Vault has
 * nothing. Throws VARIABLE_CHANGED, NAME_UNSAFE, and whatever Vault and Nomad refuse.
 */
export async function putOffsiteSecrets(ctx: SecretsContext, rendered: RenderedOffsite): Promise<PutSecrets> {
  const path = secretsVariable(ctx.plan.target);
  const wanted = await wantedItems(ctx, rendered);
  const found = await ctx.nomad.plainVariable(path);
  const items = Object.fromEntries(wanted.filter(isThere));
  const missing = wanted.flatMap(([key, value]) =>
    value instanceof DbctlError && found?.items[key] === undefined ? [value] : [],
  );
  const written = !Object.entries(items).every(([key, value]) => sameText(found?.items[key], value));
  if (written) await ctx.nomad.writePlain(path, { ...found?.items, ...items }, found?.modifyIndex ?? 0);
  return { written, missing };
}

type Item = readonly [key: string, value: Secret | DbctlError];

const isThere = (item: Item): item is readonly [string, Secret] => item[1] instanceof Secret;

const sameText = (one: Secret | undefined, other: Secret): boolean =>
  one !== undefined && one.reveal() === other.reveal();

/** By the numbers that the job was rendered with: an inventory that was changed since must not mix up the targets. */
async function wantedItems(ctx: SecretsContext, { targets, messages }: RenderedOffsite): Promise<Item[]> {
  const { offsite, notify } = ctx.service.backup;
  const items: Item[] = [];
  for (const [index, name] of targets.entries()) {
    const target = offsite.find((one) => one.name === name);
    if (target && !NEED_NONE.has(target.options['type'] ?? ''))
      items.push([`offsite_${index + 1}`, await credentials(ctx, target)]);
  }
  if (messages === notify.length)
    for (const [index, one] of notify.entries()) items.push([`notify_${index + 1}`, await addressOf(ctx, one)]);
  return items;
}

/** Backends of rclone without any credentials. */
const NEED_NONE: ReadonlySet<string> = new Set(['local']);

async function credentials(
  { vault, service }: SecretsContext,
  { name, secret }: OffsiteTarget,
): Promise<Secret | DbctlError> {
  const { mount } = service.vault;
  const found = await vault.read(mount, secret);
  if (found) return rcloneLines(found.data);
  return missing(`${mount}/${secret}`, `off-site target ${name}`, `vault kv put -mount=${mount} ${secret} <key>=-`);
}

async function addressOf(
  { vault, service }: SecretsContext,
  { url, kind }: NotifyTarget,
): Promise<Secret | DbctlError> {
  if (typeof url === 'string') return new Secret(url);
  const { mount } = service.vault;
  const found = (await vault.read(mount, url.path))?.data[url.key];
  if (found) return new Secret(found.reveal().trim());
  const write = `vault kv put -mount=${mount} ${url.path} ${url.key}=-`;
  return missing(`${mount}/${url.path}`, `key ${url.key}, the address of ${kind} messages`, write);
}

const missing = (where: string, value: string, next: string): DbctlError =>
  new DbctlError('VAULT_SECRET_MISSING', 'what the copies elsewhere and the messages need is not in Vault', {
    where,
    value,
    next,
  });
