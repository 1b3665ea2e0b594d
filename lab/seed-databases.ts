import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isDbctlError } from '../src/errors/dbctl-error.js';
import type { Secret } from '../src/shared/secret.js';
import { hostAddress } from './bridge.js';
import { labFile } from './locate.js';
import { runCommand } from './run-command.js';

export interface ServerAddress {
  /** Folder of the psql program. */
  readonly bin: string;
  readonly number: number;
  readonly port: number;
}

export interface SeedSpec {
  readonly database: string;
  readonly role: string;
  readonly password: Secret;
  /** About the size on disk to add. */
  readonly kilobytes: number;
}

type Variables = Readonly<Record<string, string | number>>;

async function psql(
  server: ServerAddress,
  { database, role, password }: SeedSpec,
  args: readonly string[],
  variables: Variables = {},
): Promise<string> {
  const sets = Object.entries(variables).flatMap(([name, value]) => ['-v', `${name}=${value}`]);
  const env = {
    PATH: '/usr/bin:/bin',
    LC_ALL: 'C.UTF-8',
    PGCLIENTENCODING: 'UTF8',
    PGHOST: hostAddress(server.number),
    PGPORT: String(server.port),
    PGUSER: role,
    PGDATABASE: database,
    PGPASSWORD: password.reveal(),
    PGAPPNAME: 'lab-seed',
  };
  return runCommand([join(server.bin, 'psql'), '-X', '-q', '-At', '-v', 'ON_ERROR_STOP=1', ...sets, ...args], { env });
}

/** False once a service has moved out: its database there is renamed, closed or dropped. */
export async function isOnShared(server: ServerAddress, spec: SeedSpec): Promise<boolean> {
  const answer = await psql(server, spec, ['-c', 'SELECT 1']).catch((error: unknown) => {
    if (
      isDbctlError(error) &&
      error.details.some((line) => /FATAL: /.test(line) && !/password authentication/.test(line))
    )
      return 'moved';
    throw error;
  });
  return answer !== 'moved';
}

const HAS_TABLES =
  "SELECT count(*) > 0 FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace";

async function ensureSchema(server: ServerAddress, spec: SeedSpec): Promise<void> {
  const file = labFile('sql', `${spec.database}.schema.sql`);
  if (!existsSync(file) || (await psql(server, spec, ['-c', HAS_TABLES])).trim() === 't') return;
  await psql(server, spec, ['-1', '-f', file]);
}

/** Megabytes up to which the other services grow along: a large lab is about one large database. */
const OTHERS_GROW_TO = 10;

export function kilobytesFor(database: string, proportion: number, scale: number): number {
  const megabytes = database === 'speedtest' ? scale : Math.min(scale, OTHERS_GROW_TO);
  return Math.max(1, Math.round(megabytes * 1024 * proportion));
}

/** As the app's own role, as the app would have made it: its schema if absent, then more rows each time. */
export async function seedDatabase(server: ServerAddress, spec: SeedSpec): Promise<void> {
  await ensureSchema(server, spec);
  const { kilobytes } = spec;
  const parts = spec.database === 'speedtest' && kilobytes > 100_000 ? 2 : 1;
  const file = labFile('sql', `${spec.database}.data.sql`);
  if (!existsSync(file)) return;
  await Promise.all(
    Array.from({ length: parts }, (_, part) => psql(server, spec, ['-f', file], { kilobytes, part, parts })),
  );
}
