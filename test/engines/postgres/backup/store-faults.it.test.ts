import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { offsiteAddress } from '../../../../src/inventory/offsite-url.js';
import { type BackupPlace, backupPlace, type Env, runPlaced } from '../../../support/backup.js';
import { mkdirAsPostgres, startCluster, type TestCluster, writeAsPostgres } from '../../../support/postgres.js';
import { type HttpProxy, httpProxy, type Judge } from '../../../support/proxy/http-proxy.js';
import { KINDS, type Store, type StoreKind, startStore } from '../../../support/store.js';
import type { StepResult } from '../../../support/toolbox.js';

/** As `s3://…` of an inventory becomes a section of rclone.conf. */
const s3Options = (): Record<string, string> => {
  const address = offsiteAddress('s3://bucket/db');
  if (typeof address === 'string') throw new Error(address);
  const { type: _, ...options } = address.options;
  return options;
};

const passAll: Judge = () => ({ kind: 'pass' });
const onlyPut: Judge = ({ method }) => (method === 'PUT' ? { kind: 'pass' } : { kind: 'answer', status: 403 });

// rclone tries again, with pauses.
describe('copies at real stores that fail', { timeout: 300_000 }, () => {
  let server: TestCluster;
  let proxy: HttpProxy;
  const stores = new Map<StoreKind, Store>();
  const storeOf = (kind: StoreKind): Store => {
    const store = stores.get(kind);
    if (!store) throw new Error(`no ${kind}`);
    return store;
  };

  beforeAll(async () => {
    server = await startCluster();
    await server.createDatabase('one');
    await server.psql(`create table a as select i, md5(i::text) as t from generate_series(1, 5000) i`, {
      database: 'one',
    });
    mkdirAsPostgres(server.scratch);
    for (const kind of KINDS) {
      const folder = join(server.scratch, kind);
      stores.set(kind, await startStore(kind, folder, kind === 's3' ? s3Options() : {}));
    }
    proxy = await httpProxy(`http://127.0.0.1:${storeOf('s3').port}`, { keepHost: true });
  });
  afterAll(async () => {
    await proxy.close();
    await Promise.all([...stores.values()].map((store) => store.stop()));
    await server.stop();
  });

  const conf = (place: BackupPlace, text: string): void =>
    writeAsPostgres(join(place.env.NOMAD_SECRETS_DIR, 'rclone.conf'), text);

  const counted = { n: 0 };
  /** Copies go to a folder of their own at S3, through the proxy. */
  const placeAtS3 = (more: Env = {}) => {
    const path = `t${counted.n++}`;
    const place = backupPlace(server, ['one'], {
      ...{ OFFSITE: '1', OFFSITE_1_NAME: 's3', OFFSITE_1_PRUNE: '0', OFFSITE_1_REMOTE: `offsite1:bucket/${path}` },
      ...more,
    });
    conf(place, storeOf('s3').section('offsite1', Number(new URL(proxy.address).port)));
    proxy.judge(passAll);
    const folder = join(storeOf('s3').folder, path);
    const objects = (): string[] =>
      existsSync(folder)
        ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /[^/]+\.\w+$/.test(name))
        : [];
    const copies = (): string[] => objects().filter((name) => name.endsWith('/index.json'));
    return { place, path, folder, objects, copies };
  };

  const fetched = { n: 0 };
  const fetch = (place: BackupPlace, remote: string, env: Env = {}): Promise<StepResult> =>
    runPlaced(place, {
      script: 'fetch.sh',
      env: {
        ...{ SERVICE: 'shop', REMOTE: remote, ID: place.ids().at(-1) ?? '' },
        OUT: join(server.scratch, `fetched-${fetched.n++}`),
        RCLONE_CONFIG: join(place.env.NOMAD_SECRETS_DIR, 'rclone.conf'),
        ...env,
      },
    });

  it('are whole at S3, WebDAV and SFTP at once; a flipped bit, a lost object and a store that is away are told apart', async () => {
    const rows = KINDS.flatMap((kind, at) => [
      [`OFFSITE_${at + 1}_NAME`, kind],
      [`OFFSITE_${at + 1}_REMOTE`, `offsite${at + 1}:bucket/all`],
      [`OFFSITE_${at + 1}_PRUNE`, '0'],
    ]);
    const place = backupPlace(server, ['one'], { ...Object.fromEntries(rows), OFFSITE: '3' });
    conf(place, KINDS.map((kind, at) => storeOf(kind).section(`offsite${at + 1}`)).join('\n'));
    const made = await runPlaced(place);
    expect(made.code, made.stdout).toBe(0);
    const receipts = place.catalog().sets[0]?.receipts ?? [];
    expect(receipts.map(({ target, verified }) => [target, verified])).toEqual([...KINDS].sort().map((k) => [k, true]));
    for (const kind of KINDS) {
      const folder = join(storeOf(kind).folder, 'all', receipts[0]?.prefix ?? '');
      const index = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as { files: { path: string }[] };
      const there = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
        /\.\w+$|SUMS/.test(name),
      );
      expect(there.sort()).toEqual([...index.files.map(({ path }) => path), 'index.json'].sort());
    }
    const folder = join(storeOf('s3').folder, 'all', receipts[0]?.prefix ?? '');
    const dump = join(folder, 'one/dump/database.dump');
    const bytes = readFileSync(dump);
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 100) ^ 1, bytes.length - 100);
    writeFileSync(dump, bytes);
    const at = (kind: StoreKind): string => `offsite${KINDS.indexOf(kind) + 1}:bucket/all`;
    const flipped = await fetch(place, at('s3'));
    expect([flipped.code, flipped.stdout]).toEqual([
      21,
      expect.stringContaining('database.dump is not as it was sent'),
    ]);
    rmSync(join(folder, 'one/SHA256SUMS'));
    expect((await fetch(place, at('s3'))).code).toBe(29);
    for (const kind of ['webdav', 'sftp'] as const)
      expect([kind, (await fetch(place, at(kind), { ID: '000009-20260101T000000Z' })).code]).toEqual([kind, 29]);
    await storeOf('sftp').stop();
    expect((await fetch(place, at('sftp'))).code).toBe(23);
  });

  it('that are cut in the middle are none, and the next backup makes up for them', async () => {
    const { place, copies, objects } = placeAtS3();
    proxy.judge(({ method, path }) =>
      method === 'PUT' && path.includes('database.dump') ? { kind: 'cut-request', bytes: 500 } : { kind: 'pass' },
    );
    const cut = await runPlaced(place);
    expect(cut.code, cut.stdout).toBe(28);
    expect(copies()).toEqual([]);
    expect(objects().filter((name) => name.endsWith('database.dump'))).toEqual([]);
    const { attempts, sets } = place.catalog();
    expect(sets[0]?.receipts).toEqual([]);
    expect(attempts[0]).toMatchObject({ status: 'offsite-failed', id: sets[0]?.id });
    expect(attempts[0]?.error).toMatch(/^s3: .*(?:reset|EOF|closed)/);
    proxy.judge(passAll);
    expect((await runPlaced(place)).code).toBe(0);
    expect(copies()).toHaveLength(2);
    expect(place.catalog().sets.map((set) => set.receipts.length)).toEqual([1, 1]);
  });

  it('that are not there as they were sent get no receipt', async () => {
    const { place, folder, objects, copies } = placeAtS3();
    proxy.judge(({ method, path }) => {
      const dump = objects().find((name) => name.endsWith('database.dump'));
      if (method === 'GET' && path.includes('database.dump') && dump) {
        const bytes = readFileSync(join(folder, dump));
        writeFileSync(join(folder, dump), bytes.fill(7, 900, 901));
      }
      return { kind: 'pass' };
    });
    expect((await runPlaced(place)).code).toBe(28);
    expect(place.catalog().attempts[0]?.error).toBe('s3: one/dump/database.dump is not there as it was sent');
    expect(copies()).toEqual([]);
    expect(place.catalog().sets[0]?.receipts).toEqual([]);
  });

  it('may be made with credentials that can only put: unverified, and nothing is pruned for them', async () => {
    const { place, copies } = placeAtS3({ KEEP_LAST: '1', OFFSITE_1_PRUNE: '1' });
    const verified = (): (boolean | undefined)[] => place.catalog().sets.map((set) => set.receipts[0]?.verified);
    expect((await runPlaced(place)).code).toBe(0);
    expect(verified()).toEqual([true]);
    proxy.judge(onlyPut);
    const blind = await runPlaced(place);
    expect(blind.code, blind.stdout).toBe(0);
    expect(verified()).toEqual([false]);
    expect(copies()).toHaveLength(2);
    proxy.judge(passAll);
    expect((await runPlaced(place)).code).toBe(0);
    expect(verified()).toEqual([true]);
    expect(copies().map((name) => name.split('/').at(-2))).toEqual(place.ids());
  });
});
