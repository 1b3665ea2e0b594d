import { DbctlError } from '../errors/dbctl-error.js';
import type { ProvisionRequest } from '../plan/provision/types.js';
import type { ProvisionReport } from '../report/provision-report.js';
import type { UseCaseDeps } from './deps.js';
import { findImage } from './images.js';
import type { FillInput } from './prepare-fill.js';
import { requireService } from './prepared-run.js';
import { type ProvisionInput, planProvision, provision } from './provision.js';

export interface RestoreAsInput
  extends Omit<FillInput, 'from'>,
    Pick<ProvisionRequest, 'app' | 'jobspec' | 'databases' | 'role'>,
    Pick<ProvisionInput, 'resume' | 'undo' | 'show' | 'confirm'> {
  /** Whose backup it is. */
  readonly service: string;
  /** The new service. */
  readonly as: string;
  /** Name of a backup, in place of an id; `null`: none. */
  readonly image: string | null;
  /** Only show what would be done. */
  readonly plan: boolean;
}

/**
 * A new service from a backup of another, which is neither locked nor changed. Where the inventory does not know the new one
 * it is added, as an app of the same kind. Repeating a finished one is nothing to do. Failures are in the report.
 */
export async function restoreAs(deps: UseCaseDeps, input: RestoreAsInput): Promise<ProvisionReport> {
  const { id, at, offsite, identity, resume, undo, show, confirm } = input;
  const source = requireService(deps, input.service);
  if (input.as === input.service)
    throw new DbctlError('USAGE', 'the new service has the name of the old one', {
      where: '--as',
      value: input.as,
      next: `dbctl restore ${input.service}, to put a backup in its own place`,
    });
  const known = deps.inventory.services.some(({ name }) => name === input.as);
  const request: ProvisionRequest = {
    service: input.as,
    app: input.app ?? (known ? null : source.app),
    jobspec: input.jobspec,
    databases: input.databases,
    role: input.role,
    ...{ image: null, priority: null, extensions: [], shared: false, restartShared: false },
  };
  // A run that was cut knows its own backup.
  const named = input.image === null || resume || undo ? id : (await findImage(deps, input.image, source.name)).id;
  const fill = { from: source.name, id: named, at, offsite, identity };
  if (input.plan) return await planProvision(deps, request, fill);
  return await provision(deps, { request, fill, resume, undo, show, confirm });
}
