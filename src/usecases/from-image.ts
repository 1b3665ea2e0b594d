import { DbctlError } from '../errors/dbctl-error.js';
import type { ProvisionRequest } from '../plan/provision/types.js';
import type { UseCaseDeps } from './deps.js';
import { findImage } from './images.js';
import type { FillInput } from './prepare-fill.js';
import { requireService } from './prepared-run.js';

/**
 * What is asked for, filled with that image; a service that the inventory does not know is an app of the image's kind.
 * Throws IMAGE_NOT_FOUND; USAGE on the shared instance, which has roles of its own.
 */
export async function fromImage(
  deps: UseCaseDeps,
  request: ProvisionRequest,
  name: string,
): Promise<{ readonly request: ProvisionRequest; readonly fill: FillInput }> {
  if (request.shared)
    throw new DbctlError('USAGE', 'an image is restored into a server of its own', {
      value: '--on shared',
      next: `dbctl provision ${request.service} --from-image ${name}`,
    });
  const { id, seen } = await findImage(deps, name);
  const known = deps.inventory.services.some((one) => one.name === request.service);
  const app = request.app ?? (known ? null : requireService(deps, seen.service).app);
  return {
    request: { ...request, app },
    fill: { from: seen.service, id, at: null, offsite: null, identity: null },
  };
}
