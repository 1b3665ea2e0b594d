import type { ClientConfig } from 'pg';

export interface AppConfig {
  readonly db: ClientConfig;
  readonly http: { readonly host: string; readonly port: number };
  readonly ledger: string;
  /** Milliseconds between two writes. */
  readonly everyMs: number;
}

export function readConfig(env: NodeJS.ProcessEnv): AppConfig {
  const db: ClientConfig = {
    connectionTimeoutMillis: 2000,
    query_timeout: 5000,
    application_name: 'speedtest',
    ...(env['DB_HOST'] === undefined ? {} : { host: env['DB_HOST'] }),
    port: Number(env['DB_PORT'] ?? 5432),
    ...(env['DB_DATABASE'] === undefined ? {} : { database: env['DB_DATABASE'] }),
    ...(env['DB_USERNAME'] === undefined ? {} : { user: env['DB_USERNAME'] }),
    ...(env['DB_PASSWORD'] === undefined ? {} : { password: env['DB_PASSWORD'] }),
  };
  return {
    db,
    // The address inside the group's own network in bridge mode, the node's in host mode.
    http: {
      host: env['NOMAD_ALLOC_IP_http'] ?? env['NOMAD_IP_http'] ?? '127.0.0.1',
      port: Number(env['NOMAD_PORT_http'] ?? 8080),
    },
    ledger: `${env['CONFIG'] ?? '.'}/ledger.jsonl`,
    everyMs: Number(env['WRITE_EVERY_MS'] ?? 100),
  };
}
