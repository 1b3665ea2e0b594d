import { DbctlError } from '../../src/errors/dbctl-error.js';
import type { Secret } from '../../src/shared/secret.js';

export interface Answer {
  /** HTTP status; 0 when nobody answered in time or the connection was cut. */
  readonly status: number;
  readonly text: string;
}

const PAGE = 50;

/** Gitea's own HTTP API, version 1, as one of its users. Nothing is ever sent twice. */
export class ForgeApi {
  constructor(
    readonly url: string,
    private readonly token: Secret,
  ) {}

  async ask(method: string, path: string, body?: unknown, ms = 15_000): Promise<Answer> {
    const headers = { Authorization: `token ${this.token.reveal()}`, 'Content-Type': 'application/json' };
    const init = { method, headers, signal: AbortSignal.timeout(ms) };
    try {
      const sent = body === undefined ? init : { ...init, body: JSON.stringify(body) };
      const response = await fetch(`${this.url}/api/v1${path}`, sent);
      return { status: response.status, text: await response.text() };
    } catch (error) {
      return { status: 0, text: error instanceof Error ? error.message : String(error) };
    }
  }

  /** Throws LAB_STATE unless the answer is 2xx. */
  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const { status, text } = await this.ask(method, path, body);
    if (status >= 200 && status < 300) return JSON.parse(text) as T;
    const what = { where: `${method} ${path}`, value: `HTTP ${status}`, details: [text.slice(0, 500)] };
    throw new DbctlError('LAB_STATE', 'Gitea refused a request', what);
  }

  /** Every item of a list that comes in pages. */
  async all<T>(path: string): Promise<T[]> {
    const items: T[] = [];
    for (let page = 1; ; page += 1) {
      const next = await this.call<T[]>('GET', `${path}${path.includes('?') ? '&' : '?'}limit=${PAGE}&page=${page}`);
      items.push(...next);
      if (next.length < PAGE) return items;
    }
  }
}

/** Its own word on its health: the database and the cache answer. */
export async function forgeIsHealthy(url: string): Promise<boolean> {
  const response = await fetch(`${url}/api/healthz`, { signal: AbortSignal.timeout(5000) }).catch(() => undefined);
  return response?.status === 200 && ((await response.json()) as { status: string }).status === 'pass';
}
