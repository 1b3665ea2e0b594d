import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { eventually, freePorts, type ServerProcess, spawnServer } from './server-process.js';
import { toolBinary } from './tool-binary.js';

export const KINDS = ['s3', 'webdav', 'sftp'] as const;
export type StoreKind = (typeof KINDS)[number];

/** A real server for copies, on loopback, over a folder. Its bucket is called `bucket`. */
export interface Store {
  readonly port: number;
  /** Where the objects lie; for S3 the bucket's own folder. */
  readonly folder: string;
  /** Lines of a section of rclone.conf, with its credentials; `port` is another one where a proxy stands in front. */
  section(name: string, port?: number): string;
  stop(): Promise<void>;
}

const USER = 'backup';
const PASSWORD = 'store-Secret-4711';

const FLAGS: Readonly<Record<StoreKind, readonly string[]>> = {
  s3: ['--auth-key', `${USER},${PASSWORD}`],
  webdav: ['--user', USER, '--pass', PASSWORD],
  sftp: ['--user', USER, '--pass', PASSWORD],
};

const obscured = (): string =>
  execFileSync(toolBinary('rclone'), ['obscure', '-'], { input: PASSWORD, encoding: 'utf8' }).trim();

const linesOf = (kind: StoreKind, port: number): Record<string, string> => {
  if (kind === 's3')
    return {
      ...{ provider: 'Other', endpoint: `http://127.0.0.1:${port}`, region: 'here' },
      ...{ access_key_id: USER, secret_access_key: PASSWORD },
    };
  const login = { user: USER, pass: obscured() };
  if (kind === 'webdav') return { url: `http://127.0.0.1:${port}`, ...login };
  return { host: '127.0.0.1', port: String(port), ...login, shell_type: 'none' };
};

/** `more` goes into the section as it is. A shorter `--dir-cache-time` would keep a processor busy. */
export async function startStore(
  kind: StoreKind,
  folder: string,
  more: Readonly<Record<string, string>> = {},
): Promise<Store> {
  const bucket = join(folder, 'bucket');
  mkdirSync(bucket, { recursive: true });
  const [port = 0] = await freePorts(1);
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder, XDG_CACHE_HOME: join(folder, 'cache') };
  const args = ['serve', kind, folder, '--addr', `127.0.0.1:${port}`, '--dir-cache-time', '1s', ...FLAGS[kind]];
  const server: ServerProcess = spawnServer(toolBinary('rclone'), args, join(folder, 'log'), env);
  await eventually('the store', () => reachable(port));
  const section = (name: string, at = port): string =>
    `[${name}]\ntype = ${kind}\n${Object.entries({ ...linesOf(kind, at), ...more })
      .map(([key, value]) => `${key} = ${value}\n`)
      .join('')}`;
  return { port, folder: bucket, section, stop: () => server.stop() };
}

const reachable = (port: number): Promise<true> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', reject);
  });
