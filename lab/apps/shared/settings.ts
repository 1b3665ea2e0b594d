import type { ClientConfig } from 'pg';
import type { AppSpec } from './app-spec.js';

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface Login {
  readonly database: string;
  readonly user: string;
  readonly password: string;
}

/** The value of a key that the app cannot do without. */
export function need(env: NodeJS.ProcessEnv, key: string): string {
  const value = env[key];
  if (value === undefined || value === '') throw new TypeError(`${key} is not set`);
  return value;
}

/** `host:port`, the port optional as in most apps. */
export function hostPort(text: string): Address {
  const [, host = '', port = '5432'] = /^([^:]+)(?::(\d+))?$/.exec(text) ?? [];
  if (host === '') throw new TypeError('the address of the database is not host:port');
  return { host, port: Number(port) };
}

export function clientConfig(app: string, address: Address, login: Login): ClientConfig {
  return { connectionTimeoutMillis: 2000, query_timeout: 60_000, application_name: app, ...address, ...login };
}

/** What Nomad tells every app: the address inside the group's own network in bridge mode, the node's in host mode. */
export function httpOf(env: NodeJS.ProcessEnv, label = 'http'): Required<AppSpec>['http'] {
  return {
    host: env['LISTEN_HOST'] ?? env[`NOMAD_ALLOC_IP_${label}`] ?? env[`NOMAD_IP_${label}`] ?? '127.0.0.1',
    port: Number(env[`NOMAD_PORT_${label}`] ?? 8080),
  };
}
