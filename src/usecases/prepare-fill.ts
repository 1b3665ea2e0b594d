import { readCatalog } from '../dataplane/read-catalog.js';
import { DbctlError } from '../errors/dbctl-error.js';
import type { InventoryService } from '../inventory/types.js';
import { toolboxAgain } from '../pipeline/live.js';
import type { Fill } from '../pipeline/provision/context.js';
import { roomToRestore } from '../pipeline/require-room.js';
import { type Chosen, chooseSet } from '../pipeline/restore/choose.js';
import { majorOf } from '../plan/image.js';
import type { Likeness } from '../plan/provision/fill.js';
import type { BackupCatalog } from '../report/backup-catalog.js';
import type { Secret } from '../shared/secret.js';
import { ageIdentity } from './age-identity.js';
import type { UseCaseDeps } from './deps.js';
import { lookAtSet } from './look-at-set.js';
import { offsitePlace } from './offsite-place.js';
import { requireService } from './prepared-run.js';
import { recordedPlan } from './recorded-plan.js';

/** The backup that a new service is to be filled with. */
export interface FillInput {
  readonly from: string;
  /** Id of a set; `null`: the newest, or the newest by `at`. */
  readonly id: string | null;
  readonly at: string | null;
  readonly offsite: string | null;
  readonly identity: Secret | null;
}

/** Saved with the run; never a secret. */
export type KeptFill = Pick<Fill, 'chosen' | 'more' | 'offsite'> & { readonly from: string };

export interface PreparedFill {
  readonly like: Likeness;
  readonly fill: KeptFill;
}

/**
 * Finds the backup and what it asks of a new server. Changes nothing. Throws BACKUP_NOT_FOUND, RUN_NOT_FOUND, USAGE, and
 * VAULT_SECRET_MISSING where an encrypted copy has no key.
 */
export async function prepareFill(deps: UseCaseDeps, input: FillInput): Promise<PreparedFill> {
  const source = requireService(deps, input.from);
  const { plan } = await recordedPlan(deps, source);
  const offsite = input.offsite === null ? null : offsitePlace(source, input.offsite);
  // A copy elsewhere is there when everything here is gone.
  const toolbox = await toolboxAgain({ ...deps, plan });
  const catalog = toolbox && (await readCatalog(deps.nomad, toolbox.allocId));
  const chosen = chooseSet(source.name, catalog, { id: input.id, at: input.at, offsite: input.offsite });
  await requireKey(deps, source, input, catalog, chosen);
  const { needBytes, major } = ofCatalog(catalog, chosen);
  const look =
    toolbox && (await lookAtSet(deps, toolbox, offsite === null ? `/backups/${source.name}/sets/${chosen.id}` : null));
  const { target, node, owner } = plan;
  const { driver, image } = target;
  const like: Likeness = {
    service: source.name,
    set: { id: chosen.id, started: chosen.started, major },
    role: target.role,
    databases: target.databases,
    server: { driver, major: target.major, owner, ...(image === undefined ? {} : { image }) },
    offsite: input.offsite,
    node: { id: node.id, name: node.name, volume: target.backupVolume.source },
    extensions: look?.extensions ?? null,
    needBytes,
    freeBytes: look?.freeBytes ?? null,
  };
  return { like, fill: { from: source.name, chosen, offsite } };
}

function ofCatalog(catalog: BackupCatalog | undefined, { id }: Chosen): { needBytes: number; major: number | null } {
  const set = catalog?.sets.find((one) => one.id === id);
  const bytes = (set?.databases ?? []).reduce((all, { sizeBytes }) => all + sizeBytes, 0);
  return { needBytes: roomToRestore(bytes), major: set ? majorOf(set.server.version) : null };
}

/** An encrypted copy that nothing opens is refused before it is fetched. */
async function requireKey(
  deps: UseCaseDeps,
  source: InventoryService,
  { offsite, identity }: FillInput,
  catalog: BackupCatalog | undefined,
  { id }: Chosen,
): Promise<void> {
  if (offsite === null) return;
  const receipts = catalog?.sets.find((one) => one.id === id)?.receipts ?? [];
  const encrypted = receipts.some((receipt) => receipt.target === offsite && receipt.encrypted);
  if ((await ageIdentity(deps, source, identity)) !== null || !encrypted) return;
  throw new DbctlError('USAGE', 'the copy is encrypted, and its age key is not known', {
    where: `off-site target ${offsite}`,
    value: id,
    next: '--identity <file>, or set backup.encrypt.identity in dbctl.yaml',
  });
}
