import type { ProvisionContext } from '../pipeline/provision/context.js';
import { renderToolsJob } from '../render/index.js';
import type { PreparedProvision } from './prepare-provision.js';
import { requireService } from './prepared-run.js';
import type { MoveRun, OpenRun } from './run-move.js';

/** Ties the ports, the prepared texts and the open journal into the context of each step. */
export function provisionRun(
  { deps, journal, signal }: OpenRun,
  prepared: PreparedProvision,
): MoveRun<ProvisionContext> {
  const notes: string[] = [];
  const { nomad, consul, vault, sql, files, clock, newSecret, randomBytes, reporter } = deps;
  const service = requireService(deps, prepared.plan.service);
  const contextFor = (stepId: string): ProvisionContext => ({
    ...{ nomad, consul, vault, sql, files, clock, newSecret, randomBytes },
    ...prepared,
    ...{ signal, service, journal },
    resume: `dbctl provision ${prepared.plan.service} --resume`,
    toolsJob: renderToolsJob,
    progress: (text) => reporter.emit({ kind: 'step-progress', id: stepId, text }),
    note: (text) => {
      notes.push(text);
      reporter.emit({ kind: 'note', level: 'warn', text });
    },
  });
  return { contextFor, notes };
}
