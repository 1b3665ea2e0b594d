import { execFile } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect } from 'vitest';
import { offsiteAddress } from '../../src/inventory/offsite-url.js';
import { shQuote } from '../../src/shared/quote.js';
import { type BackupPlace, backupPlace, type Env, runPlaced } from '../support/backup.js';
import {
  mkdirAsPostgres,
  runAsPostgres,
  startCluster,
  type TestCluster,
  writeAsPostgres,
} from '../support/postgres.js';
import { type HttpProxy, httpProxy, type Judge } from '../support/proxy/http-proxy.js';
import { type Store, startStore } from '../support/store.js';
import { restoreStep, type StepResult } from '../support/toolbox.js';
import { fault } from './fault.js';

/** The programs that back up, as a toolbox runs them, against a real server and a real object store on loopback. */
let server: TestCluster;
let store: Store;
let proxy: HttpProxy;
const command = promisify(execFile);
const passAll: Judge = () => ({ kind: 'pass' });

beforeAll(async () => {
  server = await startCluster();
  await server.createDatabase('one');
  await server.createDatabase('two');
  const fill = 'create table a as select i, md5(i::text) as t from generate_series(1, 5000) i';
  for (const database of ['one', 'two']) await server.psql(fill, { database });
  mkdirAsPostgres(server.scratch);
  const address = offsiteAddress('s3://bucket/db');
  if (typeof address === 'string') throw new Error(address);
  const { type: _, ...options } = address.options;
  store = await startStore('s3', join(server.scratch, 'store'), options);
  proxy = await httpProxy(`http://127.0.0.1:${store.port}`, { keepHost: true });
}, 300_000);
afterAll(async () => {
  await proxy?.close();
  await store?.stop();
  await server?.stop();
});

const made = async (place: BackupPlace, env: Env = {}): Promise<StepResult> => {
  const result = await runPlaced(place, { env });
  expect(result.code, result.stdout + result.stderr).toBe(0);
  return result;
};

/** Programs of these names do something else before, or in place of, the real ones. */
function standingFor(place: BackupPlace, programs: Readonly<Record<string, string>>): Env {
  const bin = join(place.env.NOMAD_ALLOC_DIR, 'bin');
  mkdirAsPostgres(bin);
  const path = server.env['PATH'] ?? '';
  for (const [name, text] of Object.entries(programs))
    writeAsPostgres(join(bin, name), `#!/bin/sh\nPATH=${shQuote(path)}\n${text}\n`, 0o755);
  return { PATH: `${bin}:${path}` };
}

const lastError = (place: BackupPlace): string => place.catalog().attempts.at(-1)?.error ?? '';

/** A backup that failed: the set before is still the only one, whole, and the catalog says why. */
async function expectNone(place: BackupPlace, before: readonly string[], env: Env, code = 23): Promise<string> {
  const result = await runPlaced(place, { env });
  expect(result.code, result.stdout).toBe(code);
  expect(place.ids()).toEqual(before);
  expect(place.catalog().attempts.at(-1)).toMatchObject({ status: 'failed', id: null });
  expect(lastError(place)).not.toBe('');
  return `exit ${code} of the program, no set; the one before stays, the reason is in the catalog`;
}

const MINUTES = 300_000;

fault(
  5,
  'a scheduled backup logs in with a wrong password, then to a host that is not there',
  async () => {
    const place = backupPlace(server, ['one'], { KEEP_LAST: '1' });
    await made(place);
    const before = place.ids();
    await expectNone(place, before, { PGHOST: '127.0.0.1', PGUSER: 'postgres' });
    return await expectNone(place, before, { PGHOST: '127.0.0.1', PGPORT: '1', PGUSER: 'postgres' });
  },
  MINUTES,
);

fault(
  5,
  'pg_dump is killed in the middle of a scheduled backup',
  async () => {
    const place = backupPlace(server, ['one']);
    await made(place);
    const before = place.ids();
    const killed =
      'case " $* " in *" --snapshot="*) ;; *) exec pg_dump "$@" ;; esac\npg_dump "$@" &\nkill -9 "$!"\nwait "$!"';
    return await expectNone(place, before, standingFor(place, { pg_dump: killed }));
  },
  MINUTES,
);

fault(
  6,
  'backups fail on days 1, 30, 60 and 90, and none is made in between',
  async () => {
    const place = backupPlace(server, ['one'], { KEEP_LAST: '1', KEEP_DAILY: '1' });
    await made(place);
    const before = place.ids();
    for (const day of [1, 30, 60, 90]) {
      const later = `exec /bin/date -d "@$(($(/bin/date +%s) + ${day} * 86400))" "$@"`;
      await expectNone(place, before, { ...standingFor(place, { date: later }), PGPORT: '1', PGHOST: '127.0.0.1' });
    }
    return 'the only backup is kept, however old it is: nothing is removed but after one that went well';
  },
  MINUTES,
);

fault(
  12,
  'a file of a backup is cut after it was made, and another is flipped by a bit',
  async () => {
    const place = backupPlace(server, ['one', 'two']);
    await made(place);
    const set = join(place.dir, 'sets', place.ids()[0] ?? '');
    const dump = (database: string): string => join(set, database, 'dump', 'database.dump');
    writeFileSync(dump('one'), readFileSync(dump('one')).subarray(0, -1));
    const flipped = readFileSync(dump('two'));
    flipped.writeUInt8(flipped.readUInt8(flipped.length - 50) ^ 1, flipped.length - 50);
    writeFileSync(dump('two'), flipped);
    for (const [at, database] of ['one', 'two'].entries()) {
      const target = `again${at}`;
      await server.createDatabase(target);
      const result = await restoreStep(server, target, join(set, database), { name: `cut-${at}` });
      expect(result.code, result.stdout).toBe(21);
      expect(await server.json(`select 1 from pg_class where relname = 'a'`, { database: target })).toEqual([]);
    }
    return 'both refused by their SHA-256 before the first row; the target stays empty';
  },
  MINUTES,
);

fault(
  33,
  'the backup volume is full after 400 kB of a scheduled backup',
  async () => {
    const place = backupPlace(server, ['one']);
    await made(place);
    const before = place.ids();
    await server.createDatabase('large');
    await server.psql(`create table a as select md5(i::text) from generate_series(1, 60000) i`, { database: 'large' });
    const full = join(place.env.NOMAD_ALLOC_DIR, 'full');
    mkdirAsPostgres(full);
    await command('mount', ['-t', 'tmpfs', '-o', 'size=400k,mode=0777', 'tmpfs', full]);
    try {
      const result = await runPlaced(place, {
        env: { SERVICE_DIR: full, DATABASES: '1', DATABASE_1: 'large', FOLDER_1: 'large' },
      });
      expect(result.code, result.stdout).toBe(23);
      expect(
        existsSync(join(full, 'sets')) ? readdirSync(join(full, 'sets')).filter((id) => !id.endsWith('.part')) : [],
      ).toEqual([]);
      expect(result.stdout).toMatch(/No space left|free are/);
    } finally {
      await command('umount', [full]);
    }
    expect(place.ids()).toEqual(before);
    return 'exit 23 of the program, no set; how much is free on which volume is told';
  },
  MINUTES,
);

const atStore = (folder: string, more: Env = {}): BackupPlace => {
  const place = backupPlace(server, ['one'], {
    ...{ OFFSITE: '1', OFFSITE_1_NAME: 's3', OFFSITE_1_PRUNE: '0', OFFSITE_1_REMOTE: `offsite1:bucket/${folder}` },
    ...more,
  });
  const conf = store.section('offsite1', Number(new URL(proxy.address).port));
  writeAsPostgres(join(place.env.NOMAD_SECRETS_DIR, 'rclone.conf'), conf);
  proxy.judge(passAll);
  return place;
};

const objects = (folder: string): string[] => {
  const top = join(store.folder, folder);
  return existsSync(top)
    ? readdirSync(top, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(top, name)).isFile())
    : [];
};

fault(
  38,
  'an upload to S3 is cut after 500 bytes',
  async () => {
    const place = atStore('cut');
    proxy.judge(({ method, path }) =>
      method === 'PUT' && path.includes('database.dump') ? { kind: 'cut-request', bytes: 500 } : { kind: 'pass' },
    );
    const cut = await runPlaced(place);
    expect(cut.code, cut.stdout).toBe(28);
    expect(objects('cut').filter((name) => name.endsWith('index.json'))).toEqual([]);
    expect(place.catalog().sets[0]?.receipts).toEqual([]);
    expect(place.catalog().attempts[0]).toMatchObject({ status: 'offsite-failed' });
    proxy.judge(passAll);
    await made(place);
    expect(place.catalog().sets.map((set) => set.receipts.length)).toEqual([1, 1]);
    return 'the local set stays, there is neither index nor receipt; the next backup sends it again';
  },
  MINUTES,
);

fault(
  38,
  'an object is another one when it is read back',
  async () => {
    const place = atStore('other');
    proxy.judge(({ method, path }) => {
      const dump = objects('other').find((name) => name.endsWith('database.dump'));
      if (method === 'GET' && path.includes('database.dump') && dump) {
        const file = join(store.folder, 'other', dump);
        writeFileSync(file, readFileSync(file).fill(7, 900, 901));
      }
      return { kind: 'pass' };
    });
    const result = await runPlaced(place);
    expect(result.code, result.stdout).toBe(28);
    expect(lastError(place)).toContain('is not there as it was sent');
    expect(objects('other').filter((name) => name.endsWith('index.json'))).toEqual([]);
    return 'no receipt and no index: it counts as no copy';
  },
  MINUTES,
);

fault(
  39,
  'every local backup is deleted, then one is made',
  async () => {
    const place = atStore('deleted', { OFFSITE_1_PRUNE: '1', KEEP_LAST: '9' });
    await made(place);
    const content = (): [string, string][] =>
      objects('deleted').map((name) => [name, readFileSync(join(store.folder, 'deleted', name), 'base64')]);
    const before = content();
    for (const id of place.ids()) rmSync(join(place.dir, 'sets', id), { recursive: true });
    await made(place);
    const after = new Map(content());
    expect(before.filter(([name, text]) => after.get(name) !== text)).toEqual([]);
    expect(after.size).toBeGreaterThan(before.length);
    return 'every object elsewhere is byte for byte as before, the new copy stands beside them';
  },
  MINUTES,
);

fault(
  40,
  'the clock jumps back by a year between two backups',
  async () => {
    const place = backupPlace(server, ['one'], { KEEP_LAST: '2' });
    await made(place);
    const [first = ''] = place.ids();
    const back = standingFor(place, { date: 'exec /bin/date -d "@$(($(/bin/date +%s) - 31536000))" "$@"' });
    await made(place, back);
    const [older = '', newer = ''] = place.ids();
    expect([older, Number(newer.slice(0, 6))]).toEqual([first, Number(first.slice(0, 6)) + 1]);
    expect(newer.slice(7) < older.slice(7)).toBe(true);
    await made(place);
    expect(place.ids().map((id) => Number(id.slice(0, 6)))).toEqual([2, 3]);
    return 'the counter orders, so the newest stays the newest; retention removes the oldest by counter';
  },
  MINUTES,
);

fault(
  41,
  'one of two databases of the shared instance cannot be dumped',
  async () => {
    const top = join(server.scratch, 'shared');
    const dirs = { alloc: join(top, 'a'), local: join(top, 'l'), secrets: join(top, 's'), volume: join(top, 'v') };
    for (const dir of [top, ...Object.values(dirs)]) mkdirAsPostgres(dir);
    const keep = "KEEP_LAST='1'\nKEEP_DAILY='0'\nKEEP_WEEKLY='0'\nKEEP_MONTHLY='0'\n";
    const rest = "SCHEDULE='30 2 * * *'\nZONE='UTC'\nLOCK_WAIT='2'\nOFFSITE='0'\nNOTIFY='0'\n";
    writeAsPostgres(
      join(dirs.local, 'backup.env'),
      `SERVICE='postgresql'\nSERVICE_DIR='${dirs.volume}'\n${keep}${rest}`,
    );
    writeAsPostgres(
      join(dirs.local, 'server.env'),
      `PGHOST='${server.socket}'\nPGPORT='${server.port}'\nPGUSER='postgres'\n`,
    );
    writeAsPostgres(join(dirs.secrets, 'admin'), '*:*:*:postgres:unused');
    chmodSync(join(dirs.secrets, 'admin'), 0o644);
    const place = backupPlace(server, ['one']);
    const broken = `case " $* " in *" --snapshot="*) [ "$PGDATABASE" != one ] || exit 1 ;; esac\nexec pg_dump "$@"`;
    const task = `NOMAD_ALLOC_DIR=${dirs.alloc} NOMAD_TASK_DIR=${dirs.local} NOMAD_SECRETS_DIR=${dirs.secrets}`;
    const result = await runPlaced(place, {
      script: `export ${task}\nexec sh shared.sh\n`,
      env: {
        KIND: 'manual',
        ...standingFor(place, { pg_dump: broken }),
        WANTED_DATABASES: '2',
        WANTED_DATABASE_1: 'one',
        WANTED_DATABASE_2: 'two',
      },
    });
    expect(result.code, result.stdout).not.toBe(0);
    const sets = (database: string): string[] =>
      existsSync(join(dirs.volume, database, 'sets'))
        ? readdirSync(join(dirs.volume, database, 'sets')).filter((id) => !id.endsWith('.part'))
        : [];
    expect({ one: sets('one').length, two: sets('two').length }).toEqual({ one: 0, two: 1 });
    return 'the other one has its set; the whole run counts as failed, and each catalog tells its own story';
  },
  MINUTES,
);

fault(
  42,
  'sha256sum, pg_restore and pg_dumpall fail in turn while a backup is made',
  async () => {
    const place = backupPlace(server, ['one']);
    await made(place);
    const before = place.ids();
    const told: string[] = [];
    for (const program of ['sha256sum', 'pg_restore', 'pg_dumpall'])
      told.push(await expectNone(place, before, standingFor(place, { [program]: 'exit 1' })));
    const bin = join(place.env.NOMAD_ALLOC_DIR, 'bin');
    await runAsPostgres('rm', ['-rf', bin]);
    await made(place);
    expect(new Set(told).size).toBe(1);
    return told[0] ?? '';
  },
  MINUTES,
);
