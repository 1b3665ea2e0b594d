import { DbctlError } from '../../errors/dbctl-error.js';
import type { NomadConfig } from './config.js';
import { type NomadHttp, nomadHttp } from './http.js';
import { segment } from './segment.js';

/**
 * What Nomad would otherwise tell late or never, asked for before anything else. A token that may not see the namespace is
 * told by the first real request. Throws NOMAD_DENIED, NAMESPACE_NOT_FOUND, NOMAD_UNAVAILABLE.
 */
export async function requireAccess(config: NomadConfig): Promise<void> {
  const http = nomadHttp(config);
  if (config.token) await requireToken(http);
  if (config.namespace && config.namespace !== 'default') await requireNamespace(http, config.namespace);
}

/** Most requests answer an unknown or expired token like one that lacks a right. The status is 403 or 500; without an ACL system 400. */
async function requireToken(http: NomadHttp): Promise<void> {
  const { status, text } = await http.getReply('/v1/acl/token/self');
  if (status < 400 || !/token|denied/i.test(text)) return;
  throw new DbctlError('NOMAD_DENIED', 'the token for Nomad is not valid, or has expired', {
    where: 'NOMAD_TOKEN',
    value: `HTTP ${status}: ${text.trim()}`,
    next: 'nomad login, or set another NOMAD_TOKEN',
  });
}

/** Nomad answers for a namespace that does not exist as if it were empty, and even keeps variables there. */
async function requireNamespace(http: NomadHttp, namespace: string): Promise<void> {
  const { status } = await http.getReply(`/v1/namespace/${segment(namespace)}`);
  if (status !== 404) return;
  throw new DbctlError('NAMESPACE_NOT_FOUND', 'the namespace is not known to Nomad', {
    where: 'NOMAD_NAMESPACE',
    value: namespace,
    next: 'nomad namespace list; then set NOMAD_NAMESPACE to one of them',
  });
}
