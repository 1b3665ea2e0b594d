import { Agent } from 'node:https';
import axios from 'axios';
import { asAsked, withinMs } from './patience.js';
import type { TlsOptions } from './tls.js';

interface VaultRequest {
  readonly method: string;
  readonly uri: string;
  readonly headers: Record<string, string>;
  readonly json?: unknown;
}

/**
 * Transport for node-vault in its request-promise form. Its own one follows environment proxies and redirects, which would
 * hand the token of a loopback Vault to somebody else, and takes VAULT_SKIP_VERIFY from the environment unasked.
 */
export function vaultTransport(
  tls: TlsOptions,
  timeoutMs: number,
): { defaults: () => (request: VaultRequest) => Promise<unknown> } {
  const client = axios.create({
    proxy: false,
    maxRedirects: 0,
    validateStatus: () => true,
    httpsAgent: new Agent({ ...tls, keepAlive: true }),
  });
  return {
    defaults: () => async (request) => {
      const { status, data, headers } = await client.request({
        signal: withinMs(timeoutMs),
        method: request.method,
        url: request.uri,
        headers: request.headers,
        ...(request.json && typeof request.json === 'object' ? { data: request.json } : {}),
      });
      if (status === 429 || status === 503) await asAsked(headers['retry-after']);
      return { statusCode: status, body: data, request: { path: new URL(request.uri).pathname } };
    },
  };
}
