import { Agent } from 'node:https';
import axios, { type AxiosInstance, type AxiosResponse, isAxiosError } from 'axios';
import { isDbctlError } from '../../errors/dbctl-error.js';
import { asAsked, patiently, withinMs } from '../patience.js';
import { loadTls, type TlsOptions } from '../tls.js';
import type { NomadConfig } from './config.js';
import { type Failure, isTransient, nomadError } from './errors.js';

const DEFAULT_TIMEOUT_MS = 15_000;
const BUSY = 429;

export type Query = Readonly<Record<string, string | number | boolean>>;

export interface Reply {
  readonly status: number;
  readonly text: string;
  /** X-Nomad-Index; 0 when absent. */
  readonly index: number;
}

export interface GetOptions {
  readonly query?: Query;
  readonly signal?: AbortSignal;
  /** Added to the time limit: the wait of a blocking query. */
  readonly waitMs?: number;
}

export interface NomadHttp {
  readonly address: string;
  /** Retried on lost connections, 429 and 5xx. Any other status is handed back in the reply or thrown by `get`. */
  getReply(path: string, options?: GetOptions): Promise<Reply>;
  /** The body as it comes, until `signal` says so or the other side ends it. Throws as `get`; NOMAD_UNAVAILABLE when it breaks. */
  stream(path: string, query: Query, signal: AbortSignal, take: (bytes: Buffer) => void): Promise<void>;
  /** JSON of a 200 answer; `undefined` for 404. */
  get(path: string, options?: GetOptions): Promise<unknown>;
  /** Sent again only when it surely was not done. Throws NOMAD_OUTCOME_UNKNOWN when that cannot be told. `pass` lists statuses handed back instead of thrown. */
  send(method: 'PUT' | 'POST' | 'DELETE', path: string, body?: unknown, options?: SendOptions): Promise<Reply>;
  websocket(path: string, query: Query): { url: string; headers: Record<string, string>; tls: TlsOptions };
}

export interface SendOptions {
  readonly query?: Query;
  readonly pass?: readonly number[];
  /** Harmless when sent twice (parse, plan, validate, a lock's renewal): retried, and never of unknown outcome. */
  readonly repeatable?: boolean;
}

export function nomadHttp(config: NomadConfig): NomadHttp {
  const client = createClient(config);
  const getReply = (path: string, options: GetOptions = {}): Promise<Reply> =>
    retried(() => request(client, config, { method: 'GET', path, mutation: false, ...options }), options.signal);
  return {
    address: config.address,
    getReply,
    stream: (path, query, signal, take) => stream(client, config, { path, query, signal }, take),
    async get(path, options) {
      const reply = await getReply(path, options);
      if (reply.status === 404) return undefined;
      return parseJson(requireOk(reply, `GET ${path}`, false));
    },
    async send(method, path, body, options = {}) {
      const mutation = !options.repeatable;
      const call = () =>
        request(client, config, { method, path, body, mutation, ...(options.query ? { query: options.query } : {}) });
      const reply = await retried(call);
      return options.pass?.includes(reply.status) ? reply : requireOk(reply, `${method} ${path}`, mutation);
    },
    websocket: (path, query) => websocketTarget(config, path, query),
  };
}

export function parseJson(reply: Reply): unknown {
  try {
    return reply.text === '' ? null : JSON.parse(reply.text);
  } catch {
    throw nomadError({ request: 'answer', mutation: false, status: reply.status, text: 'the answer is not JSON' });
  }
}

export function requireOk(reply: Reply, request: string, mutation: boolean): Reply {
  if (reply.status < 200 || reply.status > 299)
    throw nomadError({ request, mutation, status: reply.status, text: reply.text });
  return reply;
}

function createClient(config: NomadConfig): AxiosInstance {
  return axios.create({
    baseURL: config.address.replace(/\/+$/, ''),
    headers: config.token ? { 'X-Nomad-Token': config.token.reveal() } : {},
    // Environment proxies would get the token of a loopback Nomad; redirects could carry it to another host.
    proxy: false,
    maxRedirects: 0,
    responseType: 'text',
    transformResponse: (data: unknown) => data,
    validateStatus: () => true,
    httpsAgent: new Agent({ ...loadTls(config.tls), keepAlive: true }),
  });
}

interface Call extends GetOptions {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly mutation: boolean;
}

async function request(client: AxiosInstance, config: NomadConfig, call: Call): Promise<Reply> {
  const label = `${call.method} ${call.path}`;
  const limitMs = (config.timeoutMs ?? DEFAULT_TIMEOUT_MS) + (call.waitMs ?? 0);
  const response = await client
    .request<string>({
      method: call.method,
      url: call.path,
      params: { ...scope(config), ...call.query },
      signal: withinMs(limitMs, call.signal),
      ...(call.body === undefined ? {} : { data: JSON.stringify(call.body) }),
    })
    .catch((error: unknown) => {
      call.signal?.throwIfAborted();
      throw nomadError({ request: label, mutation: call.mutation, text: connectionProblem(error, limitMs) });
    });
  const busy = response.status === BUSY || response.status === 503;
  if (busy) await asAsked(response.headers['retry-after'], call.signal);
  return toReply(response, label, call.mutation);
}

interface StreamCall {
  readonly path: string;
  readonly query: Query;
  readonly signal: AbortSignal;
}

async function stream(
  client: AxiosInstance,
  config: NomadConfig,
  { path, query, signal }: StreamCall,
  take: (bytes: Buffer) => void,
): Promise<void> {
  const request = `GET ${path}`;
  const broken = (error: unknown): never => {
    throw nomadError({ request, mutation: false, text: connectionProblem(error, 0) });
  };
  const options = { params: { ...scope(config), ...query }, signal, responseType: 'stream' } as const;
  const response = await client
    .request<AsyncIterable<Buffer>>({ method: 'GET', url: path, ...options })
    .catch((error: unknown) => (signal.aborted ? undefined : broken(error)));
  if (response === undefined) return;
  try {
    const said: Buffer[] = [];
    for await (const bytes of response.data) response.status === 200 ? take(bytes) : said.push(bytes);
    if (response.status !== 200)
      throw nomadError({ request, mutation: false, status: response.status, text: String(Buffer.concat(said)) });
  } catch (error) {
    if (signal.aborted) return;
    throw isDbctlError(error) ? error : broken(error);
  }
}

function toReply(response: AxiosResponse<string>, label: string, mutation: boolean): Reply {
  const failure: Failure = { request: label, mutation, status: response.status, text: String(response.data ?? '') };
  if ((response.status >= 500 || response.status === BUSY) && isTransient(failure)) throw nomadError(failure);
  return { status: response.status, text: failure.text, index: Number(response.headers['x-nomad-index'] ?? 0) };
}

/** The system's error code only: message and config of an axios error may hold the URL and the headers. */
function connectionProblem(error: unknown, limitMs: number): string {
  const code = isAxiosError(error) ? error.code : undefined;
  return code === 'ERR_CANCELED' ? `no answer within ${limitMs / 1000} s` : (code ?? 'no connection');
}

const retried = <T>(call: () => Promise<T>, signal?: AbortSignal): Promise<T> =>
  patiently(call, (error) => isDbctlError(error, 'NOMAD_UNAVAILABLE'), signal);

export const scope = (config: NomadConfig): Record<string, string> => ({
  ...(config.namespace ? { namespace: config.namespace } : {}),
  ...(config.region ? { region: config.region } : {}),
});

function websocketTarget(config: NomadConfig, path: string, query: Query): ReturnType<NomadHttp['websocket']> {
  const url = new URL(`${config.address.replace(/\/+$/, '').replace(/^http/, 'ws')}${path}`);
  for (const [key, value] of Object.entries({ ...scope(config), ...query })) url.searchParams.set(key, String(value));
  return {
    url: url.href,
    headers: config.token ? { 'X-Nomad-Token': config.token.reveal() } : {},
    tls: loadTls(config.tls),
  };
}
