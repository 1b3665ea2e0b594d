import { chown, mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { until, volumeFolder } from '../data-volume.js';
import type { Kit } from './kit.js';
import { asks, piece, type WorldRow } from './world-row.js';

const volume = (kit: Kit): Promise<string> => volumeFolder(kit.world, 'speedtest_postgres_data');
const inVolume = async (kit: Kit, ...path: string[]): Promise<string> => join(await volume(kit), ...path);

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

async function move(from: string, to: string): Promise<void> {
  if (await isThere(from)) await rename(from, to);
}

async function ownerBack(kit: Kit): Promise<void> {
  const { uid, gid } = await stat(await inVolume(kit, 'pgdata', 'PG_VERSION'));
  await chown(await inVolume(kit, 'pgdata'), uid, gid);
}

/** The server has ended; what is done to its folder now is found by the next one, which waits for no one. */
async function whileDown(kit: Kit, use: () => Promise<unknown>): Promise<void> {
  await kit.stopAlloc('speedtest');
  await until(
    async () => isThere(await inVolume(kit, 'pgdata', 'postmaster.pid')),
    (there) => !there,
    'the server ended',
  );
  await use();
}

/** The segments of the log, there and back. */
async function moveLog(kit: Kit, from: string, to: string): Promise<void> {
  const [source, target] = [await inVolume(kit, 'pgdata', from), await inVolume(kit, 'pgdata', to)];
  if (!(await isThere(source))) return;
  await mkdir(target, { recursive: true });
  for (const name of await readdir(source))
    if (/^[0-9A-F]{24}$/.test(name)) await rename(join(source, name), join(target, name));
}

const listen = (port: number): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });

/** Somebody else takes the port in the moment in which the server ended. */
async function takePort(kit: Kit): Promise<void> {
  const port = await kit.ownPort();
  await kit.stopAlloc('speedtest');
  const server = await until(
    () => listen(port).catch(() => undefined),
    (one) => one !== undefined,
    'the port',
  );
  kit.hold(() => new Promise((resolve) => server?.close(resolve)));
}

export const DATA_ROWS: readonly WorldRow[] = [
  {
    id: 'data-permission',
    broken: 'the data folder was given to root, and the job was started anew',
    says: /has wrong ownership/,
    by: 'by hand',
    breakIt: (kit) => whileDown(kit, async () => chown(await inVolume(kit, 'pgdata'), 0, 0)),
    mend: async (kit, { fix }) => {
      asks(fix, /own it by the uid of the image/);
      await ownerBack(kit);
    },
    putBack: ownerBack,
  },
  {
    id: 'data-half-made',
    broken: 'the data folder is not where it was, and the job was started anew',
    says: /is expected, but .* holds none/,
    by: 'by hand',
    breakIt: (kit) =>
      whileDown(kit, async () => rename(await inVolume(kit, 'pgdata'), await inVolume(kit, 'pgdata.away'))),
    mend: async (kit, { fix }) => {
      asks(fix, /bring it back/);
      await move(await inVolume(kit, 'pgdata.away'), await inVolume(kit, 'pgdata'));
    },
    putBack: async (kit) => move(await inVolume(kit, 'pgdata.away'), await inVolume(kit, 'pgdata')),
  },
  {
    id: 'image-major',
    broken: 'the data is of another major than the image',
    says: /is of PostgreSQL 12, this image is \d\d/,
    by: 'by hand',
    breakIt: async (kit) => {
      const path = await inVolume(kit, 'pgdata', 'PG_VERSION');
      kit.notes.set('major', await readFile(path, 'utf8'));
      await whileDown(kit, () => writeFile(path, '12\n'));
    },
    mend: async (kit, { fix }) => {
      asks(fix, /put the image of before back/);
      await majorBack(kit);
    },
    putBack: majorBack,
  },
  {
    id: 'data-corrupt',
    broken: 'the log of the server was lost, and the job was started anew',
    says: /could not locate a valid checkpoint|invalid .*checkpoint/,
    by: 'by hand',
    breakIt: (kit) => whileDown(kit, () => moveLog(kit, 'pg_wal', 'pg_wal.away')),
    mend: async (kit, { fix }) => {
      asks(fix, /dbctl rollback speedtest --from backup/);
      await moveLog(kit, 'pg_wal.away', 'pg_wal');
    },
    putBack: (kit) => moveLog(kit, 'pg_wal.away', 'pg_wal'),
  },
  {
    id: 'port-in-use',
    broken: "another program took the server's port while it was down",
    says: /Address already in use|could not (?:bind|create any TCP)/,
    by: 'by hand',
    breakIt: takePort,
    mend: async (kit, { fix }) => {
      piece(fix, /(ss -ltnp)/);
      await kit.release();
    },
  },
];

async function majorBack(kit: Kit): Promise<void> {
  const text = kit.notes.get('major');
  if (text !== undefined) await writeFile(await inVolume(kit, 'pgdata', 'PG_VERSION'), text);
}
