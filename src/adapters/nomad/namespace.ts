import { DbctlError } from '../../errors/dbctl-error.js';
import type { NomadConfig } from './config.js';
import { nomadHttp } from './http.js';
import { segment } from './segment.js';

/**
 * Nomad answers for a namespace that does not exist as if it were empty, and even keeps variables there: so it is asked for
 * before anything else. A token that may not see it is told by the first real request. Throws NAMESPACE_NOT_FOUND.
 */
export async function requireNamespace(config: NomadConfig): Promise<void> {
  const { namespace } = config;
  if (namespace === undefined || namespace === 'default') return;
  const { status } = await nomadHttp(config).getReply(`/v1/namespace/${segment(namespace)}`);
  if (status !== 404) return;
  throw new DbctlError('NAMESPACE_NOT_FOUND', 'the namespace is not known to Nomad', {
    where: 'NOMAD_NAMESPACE',
    value: namespace,
    next: 'nomad namespace list; then set NOMAD_NAMESPACE to one of them',
  });
}
