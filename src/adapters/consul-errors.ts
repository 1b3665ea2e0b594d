import { DbctlError } from '../errors/dbctl-error.js';

/** `status` is absent when no answer came. */
export function consulError(request: string, { status, text }: { status?: number; text: string }): DbctlError {
  const said = text.trim().slice(0, 1_000);
  const options = { where: request, value: status ? `HTTP ${status}${said ? `: ${said}` : ''}` : said };
  if (status === 401 || status === 403)
    return new DbctlError('CONSUL_DENIED', 'the token may not read this in Consul', {
      ...options,
      next: 'set a CONSUL_HTTP_TOKEN that may read services and nodes (docs/permissions.md)',
    });
  return new DbctlError('CONSUL_UNAVAILABLE', 'Consul does not answer', {
    ...options,
    next: 'check CONSUL_HTTP_ADDR, then: consul members',
  });
}
