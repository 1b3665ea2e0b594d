import type { InventoryService } from '../inventory/types.js';
import type { Fill, ProvisionContext } from '../pipeline/provision/context.js';
import { renderToolsJob } from '../render/index.js';
import type { Secret } from '../shared/secret.js';
import type { UseCaseDeps } from './deps.js';
import type { KeptFill } from './prepare-fill.js';
import type { PreparedProvision } from './prepare-provision.js';
import { requireService } from './prepared-run.js';
import { isRebuild } from './provision-words.js';
import type { MoveRun, OpenRun } from './run-move.js';

/** Ties the ports, the prepared texts and the open journal into the context of each step. */
export function provisionRun(
  { deps, journal, signal }: OpenRun,
  prepared: PreparedProvision,
  identity: Secret | null = null,
): MoveRun<ProvisionContext> {
  const notes: string[] = [];
  const { nomad, consul, vault, sql, files, clock, newSecret, randomBytes, reporter } = deps;
  const service = requireService(deps, prepared.plan.service);
  const fill = prepared.fill ? fillFor(deps, service, prepared.fill, identity) : null;
  const contextFor = (stepId: string): ProvisionContext => ({
    ...{ nomad, consul, vault, sql, files, clock, newSecret, randomBytes },
    ...prepared,
    ...{ signal, service, journal, fill },
    evidenceDir: `${deps.home}/migrations-plan/${prepared.plan.service}/${prepared.run}`,
    resume: isRebuild(prepared.plan)
      ? `dbctl rebuild ${prepared.plan.service}`
      : `dbctl provision ${prepared.plan.service} --resume`,
    toolsJob: renderToolsJob,
    progress: (text, done, total) =>
      reporter.emit({
        ...{ kind: 'step-progress', id: stepId, text },
        ...(done === undefined ? {} : { done }),
        ...(total === undefined ? {} : { total }),
      }),
    note: (text) => {
      notes.push(text);
      reporter.emit({ kind: 'note', level: 'warn', text });
    },
  });
  return { contextFor, notes };
}

/** Where the service of the backup has left the inventory, the new one's own tools fetch it. */
function fillFor(
  { inventory }: Pick<UseCaseDeps, 'inventory'>,
  service: InventoryService,
  { from, ...kept }: KeptFill,
  identity: Secret | null,
): Fill {
  const source = inventory.services.find(({ name }) => name === from) ?? service;
  return { source, ...kept, identity };
}
