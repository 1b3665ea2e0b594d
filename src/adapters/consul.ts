import { Agent } from 'node:https';
import axios, { type AxiosInstance, isAxiosError } from 'axios';
import pRetry from 'p-retry';
import { z } from 'zod';
import { DbctlError } from '../errors/dbctl-error.js';
import type { ConsulCheck, ConsulInstance, ConsulPort } from '../ports/consul.js';
import type { Secret } from '../shared/secret.js';
import { consulError } from './consul-errors.js';
import { loadTls, type TlsFiles } from './tls.js';

export interface ConsulConfig {
  /** `http://127.0.0.1:8500` */
  readonly address: string;
  readonly token?: Secret;
  readonly tls?: TlsFiles;
  /** Default 10 000. */
  readonly timeoutMs?: number;
}

const RETRIES = 3;

const check = z.looseObject({
  Name: z.string(),
  Status: z.string(),
  ServiceID: z.string(),
  ServiceName: z.string(),
});
const entries = z.array(
  z.looseObject({
    Node: z.looseObject({ Address: z.string() }),
    Service: z.looseObject({ ID: z.string(), Address: z.string(), Port: z.number() }),
    Checks: z.array(check),
  }),
);

export function consulAdapter(config: ConsulConfig): ConsulPort {
  const client = createClient(config);
  return {
    async service(name) {
      const found = await get(client, `/v1/health/service/${encodeURIComponent(name)}`, entries);
      const instances = found.map(
        ({ Node, Service, Checks }): ConsulInstance => ({
          address: Service.Address || Node.Address,
          port: Service.Port,
          allocId: allocOf(Service.ID),
          passing: Checks.every(({ Status }) => Status === 'passing'),
        }),
      );
      return instances.toSorted((a, b) => Number(b.passing) - Number(a.passing));
    },
    async checks(allocId) {
      const all = await get(client, '/v1/health/state/any', z.array(check));
      return all
        .filter(({ ServiceID }) => allocOf(ServiceID) === allocId)
        .map(
          ({ ServiceName, Name, Status }): ConsulCheck => ({
            service: ServiceName,
            check: Name,
            status: STATUS[Status] ?? 'failure',
          }),
        );
    },
  };
}

const STATUS: Readonly<Record<string, ConsulCheck['status']>> = { passing: 'success', warning: 'pending' };

/** Nomad names the services it registers `_nomad-task-<allocation>-…`. */
const allocOf = (id: string): string | null =>
  /^_nomad-task-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-/.exec(id)?.[1] ?? null;

function createClient(config: ConsulConfig): AxiosInstance {
  return axios.create({
    baseURL: config.address.replace(/\/+$/, ''),
    headers: config.token ? { 'X-Consul-Token': config.token.reveal() } : {},
    timeout: config.timeoutMs ?? 10_000,
    // Environment proxies would get the token of a loopback Consul; redirects could carry it to another host.
    proxy: false,
    maxRedirects: 0,
    responseType: 'text',
    transformResponse: (data: unknown) => data,
    validateStatus: () => true,
    httpsAgent: new Agent({ ...loadTls(config.tls), keepAlive: true }),
  });
}

/** Only reads: tried again while Consul does not answer or has no leader. */
async function get<S extends z.ZodType>(client: AxiosInstance, path: string, schema: S): Promise<z.infer<S>> {
  const text = await pRetry(() => ask(client, path), {
    retries: RETRIES,
    minTimeout: 100,
    maxTimeout: 1_000,
    shouldRetry: ({ error }) => 'code' in error && error.code === 'CONSUL_UNAVAILABLE',
  });
  const answer = schema.safeParse(json(text));
  if (answer.success) return answer.data;
  throw new DbctlError('CONSUL_UNAVAILABLE', 'the answer is not from a Consul', {
    where: `GET ${path}`,
    next: 'check CONSUL_HTTP_ADDR, then: consul members',
  });
}

async function ask(client: AxiosInstance, path: string): Promise<string> {
  const { status, data } = await client.get<unknown>(path).catch((error: unknown) => {
    // The system's error code only: message and config of an axios error hold the token.
    throw consulError(`GET ${path}`, { text: (isAxiosError(error) && error.code) || 'no connection' });
  });
  if (status === 200) return String(data ?? '');
  throw consulError(`GET ${path}`, { status, text: String(data ?? '') });
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
