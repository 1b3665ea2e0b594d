import axios, { type AxiosInstance } from 'axios';
import { DbctlError } from '../src/errors/dbctl-error.js';
import type { Secret } from '../src/shared/secret.js';

export type Method = 'get' | 'put' | 'post' | 'delete';

/** The HTTP APIs of the lab's own agents: JSON in, JSON out. Errors never carry headers or bodies sent. */
export interface Api {
  call<T>(method: Method, path: string, body?: unknown): Promise<T>;
  /** Undefined when nobody answers or the status is not 2xx. */
  tryCall<T>(method: Method, path: string, body?: unknown): Promise<T | undefined>;
}

interface Answer {
  readonly status: number;
  readonly data: unknown;
}

async function request(
  client: AxiosInstance,
  method: Method,
  path: string,
  body: unknown,
): Promise<Answer | undefined> {
  try {
    return await client.request({ method, url: path, data: body });
  } catch {
    // The error object holds the token; whatever it says is told as "no answer".
    return undefined;
  }
}

const isGood = (answer: Answer | undefined): answer is Answer =>
  answer !== undefined && answer.status >= 200 && answer.status < 300;

function refusal(base: string, path: string, answer: Answer | undefined): DbctlError {
  const text = typeof answer?.data === 'string' ? answer.data : JSON.stringify(answer?.data ?? '');
  return new DbctlError(
    'LAB_STATE',
    answer === undefined ? 'an agent of the lab does not answer' : 'an agent of the lab refused a request',
    {
      where: `${base}${path}`,
      ...(answer === undefined ? {} : { value: `HTTP ${answer.status}`, details: [text.slice(0, 2000)] }),
    },
  );
}

export function openApi(base: string, vaultToken?: Secret): Api {
  const headers = vaultToken === undefined ? {} : { 'X-Vault-Token': vaultToken.reveal() };
  const client = axios.create({ baseURL: base, headers, timeout: 15_000, proxy: false, validateStatus: () => true });
  return {
    async call<T>(method: Method, path: string, body?: unknown): Promise<T> {
      const answer = await request(client, method, path, body);
      if (!isGood(answer)) throw refusal(base, path, answer);
      return answer.data as T;
    },
    async tryCall<T>(method: Method, path: string, body?: unknown): Promise<T | undefined> {
      const answer = await request(client, method, path, body);
      return isGood(answer) ? (answer.data as T) : undefined;
    },
  };
}
