import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, copyFile, mkdir } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Secret } from '../../src/shared/secret.js';
import { agentEnv, cachedTool } from '../binaries.js';
import { hostAddress } from '../bridge.js';
import type { UpContext } from '../bring-up.js';
import type { Say } from '../handle.js';
import type { Api } from '../http.js';
import { bringStore, readKeys, type StoreKeys } from '../lost.js';
import { startDaemon, waitForDaemon } from '../processes.js';
import { runCommand } from '../run-command.js';
import { randomToken } from '../vault-server.js';

/** The second site of a lab: a real S3 store, and a web server that its Nomad downloads rclone and age from. */
export interface LabOffsite {
  readonly endpoint: string;
  /** The age key that copies are encrypted for. */
  readonly recipient: string;
  readonly tools: Readonly<Record<'rclone' | 'age', { readonly url: string; readonly sha256: string }>>;
}

/** Name of the target, and of the bucket. */
export const TARGET = 'attic';

export const storePath = (dir: string): string => join(dir, 'offsite', 'store');
export const downloadsPath = (dir: string): string => join(dir, 'offsite', 'downloads');

/** Starts both, makes the key, and puts what opens the copies into the lab's Vault. Every process is recorded at once. */
export async function upOffsite(context: UpContext, vault: Api): Promise<LabOffsite> {
  const { dir, number, ports, say } = context;
  const rclone = await cachedTool('rclone', say);
  const sums = await fillDownloads(dir, rclone, await cachedTool('age', say));
  await mkdir(join(storePath(dir), TARGET), { recursive: true, mode: 0o700 });
  if (context.lost !== undefined) await bringStore(context.lost, dir);
  const { login, age } = await (context.lost === undefined ? newKeys(say) : readKeys(context.lost));
  const [files, endpoint] = [ports.offsite + 1, ports.offsite].map((port) => `${hostAddress(number)}:${port}`);
  // Somebody may change or take away a file, to see what comes of it: each is looked at anew.
  const anew = ['--dir-cache-time', '1s'];
  await serve(context, { name: 'store', argv: [rclone, 'serve', 's3', ...anew, '--addr', endpoint ?? ''], login });
  const web = [rclone, 'serve', 'http', ...anew, '--addr', files ?? ''];
  await serve(context, { name: 'downloads', argv: web });
  await put(vault, TARGET, login);
  await put(vault, 'age', { key: age.identity });
  say(`the second site answers on ${endpoint}: an S3 store of rclone's`);
  const tool = (name: string, sha256: string) => ({ url: `http://${files}/${name}`, sha256 });
  return {
    endpoint: `http://${endpoint}`,
    recipient: age.recipient,
    tools: { rclone: tool('rclone', sums.rclone), age: tool('age.tar.gz', sums.age) },
  };
}

/** As the two are published: one of them a plain file here, the other an archive. */
async function fillDownloads(dir: string, rclone: string, age: string): Promise<Record<'rclone' | 'age', string>> {
  const folder = downloadsPath(dir);
  await mkdir(join(folder, 'age'), { recursive: true });
  for (const [from, to] of [
    [rclone, join(folder, 'rclone')],
    [age, join(folder, 'age', 'age')],
  ] as const) {
    await copyFile(from, to);
    await chmod(to, 0o755);
  }
  // The same bytes each time: a repository that outlives its lab has their SHA-256.
  const alike = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', '-I', 'gzip -n'];
  await runCommand(['tar', '-C', folder, ...alike, '-cf', join(folder, 'age.tar.gz'), 'age']);
  return { rclone: await sha256Of(join(folder, 'rclone')), age: await sha256Of(join(folder, 'age.tar.gz')) };
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

interface Served {
  readonly name: 'store' | 'downloads';
  readonly argv: readonly string[];
  readonly login?: Readonly<Record<'access_key_id' | 'secret_access_key', Secret>>;
}

/** The login goes by environment, never by argument; quoted, because the variable holds a list. */
async function serve({ keeper, dir, signal }: UpContext, { name, argv, login }: Served): Promise<void> {
  const folder = name === 'store' ? storePath(dir) : downloadsPath(dir);
  const log = join(dir, `${name}.log`);
  const key = login && `"${login.access_key_id.reveal()},${login.secret_access_key.reveal()}"`;
  const env = { ...agentEnv(dir), RCLONE_CONFIG: '', ...(key ? { RCLONE_AUTH_KEY: key } : {}) };
  const pid = startDaemon({ argv: [...argv, folder], env, log, cwd: dir });
  await keeper.addPid(name, pid);
  const [host = '', port = ''] = (argv.at(-1) ?? '').split(':');
  const daemon = { name: `rclone serve (${name})`, pid, path: folder, log };
  await waitForDaemon(daemon, () => answers(host, Number(port)), 30_000, signal);
}

const answers = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection({ host, port });
    const end = (heard: boolean) => (): void => {
      socket.destroy();
      resolve(heard);
    };
    socket.once('connect', end(true)).once('error', end(false));
  });

async function newKeys(say: Say): Promise<StoreKeys> {
  const text = await runCommand([await cachedTool('age-keygen', say)]);
  const identity = new Secret(/^AGE-SECRET-KEY-\S+$/m.exec(text)?.[0] ?? '');
  return {
    login: { access_key_id: randomToken(8), secret_access_key: randomToken() },
    age: { recipient: /public key: (\S+)/.exec(text)?.[1] ?? '', identity },
  };
}

async function put(vault: Api, name: string, secrets: Readonly<Record<string, Secret>>): Promise<void> {
  const data = Object.fromEntries(Object.entries(secrets).map(([key, value]) => [key, value.reveal()]));
  await vault.call('post', `/v1/secret/data/postgres/offsite/${name}`, { options: { cas: 0 }, data });
}
