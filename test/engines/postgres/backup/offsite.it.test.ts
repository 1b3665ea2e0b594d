import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCopies } from '../../../../src/dataplane/read-copies.js';
import { type BackupPlace, backupPlace, runPlaced } from '../../../support/backup.js';
import { mkdirAsPostgres, startCluster, type TestCluster, writeAsPostgres } from '../../../support/postgres.js';
import { LONG_SHELLS } from '../../../support/shells.js';
import { toolBinary } from '../../../support/tool-binary.js';
import type { StepResult } from '../../../support/toolbox.js';

describe.each(LONG_SHELLS)('an off-site copy under %s', (...shell) => {
  let server: TestCluster;
  let key: string;
  let place: BackupPlace;
  let shelf: string;

  beforeAll(async () => {
    server = await startCluster();
    await server.createDatabase('one');
    await server.psql('create table a as select i from generate_series(1, 100) i', { database: 'one' });
    key = execFileSync(toolBinary('age-keygen'), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    shelf = join(server.scratch, 'shelf');
    mkdirAsPostgres(server.scratch);
    mkdirAsPostgres(shelf);
    const recipient = /public key: (\S+)/.exec(key)?.[1] ?? '';
    const offsite = {
      OFFSITE: '1',
      OFFSITE_1_NAME: 'shelf',
      OFFSITE_1_REMOTE: `offsite1:${shelf}`,
      OFFSITE_1_PRUNE: '1',
    };
    place = backupPlace(server, ['one'], { ...offsite, AGE_RECIPIENTS: recipient, KEEP_LAST: '9' });
    writeAsPostgres(join(place.env.NOMAD_SECRETS_DIR, 'rclone.conf'), '[offsite1]\ntype = local\n');
    writeAsPostgres(join(place.env.NOMAD_SECRETS_DIR, 'key'), key);
    const result = await runPlaced(place, { shell });
    expect(result.code, result.stdout + result.stderr).toBe(0);
  });
  afterAll(() => server.stop());

  const fetched = { count: 0 };
  const fetch = (more: Readonly<Record<string, string>> = {}): Promise<StepResult> => {
    const env = {
      SERVICE: 'shop',
      REMOTE: `offsite1:${shelf}`,
      ID: place.ids().at(-1) ?? '',
      OUT: join(server.scratch, `fetched-${fetched.count++}`),
      IDENTITY_FILE: join(place.env.NOMAD_SECRETS_DIR, 'key'),
      RCLONE_CONFIG: join(place.env.NOMAD_SECRETS_DIR, 'rclone.conf'),
      ...more,
    };
    return runPlaced(place, { shell, script: 'fetch.sh', env });
  };
  const prefix = (): string => place.catalog().sets.at(-1)?.receipts[0]?.prefix ?? 'none';

  it('is told by a look at the target, and tells of itself without dump and verifiers', async () => {
    expect((await runPlaced(place, { shell })).code).toBe(0);
    const RCLONE_CONFIG = join(place.env.NOMAD_SECRETS_DIR, 'rclone.conf');
    const look = { SERVICE: 'shop', REMOTE: `offsite1:${shelf}`, RCLONE_CONFIG };
    const seen = await runPlaced(place, { shell, script: 'seek.sh', env: look });
    expect(seen.code, seen.stdout + seen.stderr).toBe(0);
    const copies = readCopies('shop', seen.file('objects'), seen.file('indexes.jsonl'));
    expect(copies.map(({ id }) => id)).toEqual(expect.arrayContaining(place.ids()));
    const newest = copies.find(({ id }) => id === place.ids().at(-1));
    expect(newest).toMatchObject({ prefix: prefix(), encrypted: true, lacks: [] });
    const none = await runPlaced(place, { shell, script: 'seek.sh', env: { ...look, SERVICE: 'shop/none' } });
    expect([none.code, none.file('indexes.jsonl')]).toEqual([0, '']);
    const away = { ...look, REMOTE: 'offsite1:/nowhere', RCLONE_CONFIG: join(server.scratch, 'none.conf') };
    expect((await runPlaced(place, { shell, script: 'seek.sh', env: away })).code).toBe(23);
    const OUT = join(server.scratch, 'facts');
    const IDENTITY_FILE = join(place.env.NOMAD_SECRETS_DIR, 'key');
    const env = { ...look, ID: newest?.id ?? '', PREFIX: newest?.prefix ?? '', OUT, IDENTITY_FILE, ONLY: 'facts' };
    const facts = await runPlaced(place, { shell, script: 'fetch.sh', env });
    expect(facts.code, facts.stdout + facts.stderr).toBe(0);
    expect(readdirSync(OUT).sort()).toEqual(['RESTORE.md', 'manifest.json', 'one']);
    expect(readdirSync(join(OUT, 'one')).sort()).toEqual(['SHA256SUMS', 'evidence.jsonl', 'manifest.json']);
  });

  it('is read back, has a receipt, and comes back as the very same set; not for another key, nor when an object is cut', async () => {
    expect(place.catalog().sets.at(-1)?.receipts).toMatchObject([{ target: 'shelf', encrypted: true, verified: true }]);
    const result = await fetch();
    expect(result.code, result.stdout).toBe(0);
    const set = join(place.dir, 'sets', place.ids().at(-1) ?? '');
    execFileSync('diff', ['-r', set, join(server.scratch, 'fetched-0')]);
    const strange = execFileSync(toolBinary('age-keygen'), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    writeAsPostgres(join(place.env.NOMAD_SECRETS_DIR, 'strange'), strange);
    const other = await fetch({ IDENTITY_FILE: join(place.env.NOMAD_SECRETS_DIR, 'strange') });
    expect([other.code, other.stdout]).toEqual([30, expect.stringContaining('encrypted for another age key')]);
    expect((await fetch({ IDENTITY_FILE: '/nowhere' })).code).toBe(30);
    const dump = join(shelf, prefix(), 'one', 'dump', 'database.dump.age');
    truncateSync(dump, 50);
    expect((await fetch()).code).toBe(21);
    rmSync(dump);
    expect((await fetch()).code).toBe(29);
    expect(existsSync(join(server.scratch, 'fetched-1'))).toBe(false);
  });

  /** What lies there, by its content. */
  const objects = (): Map<string, string> =>
    new Map(
      readdirSync(join(shelf, 'shop'), { recursive: true, encoding: 'utf8' })
        .filter((path) => statSync(join(shelf, 'shop', path)).isFile())
        .map((path) => [path, readFileSync(join(shelf, 'shop', path), 'base64')]),
    );

  it('stays as it is when the local folder is deleted and the clock goes two hours back', async () => {
    const before = objects();
    const newest = place.ids().at(-1) ?? '';
    for (const id of place.ids()) rmSync(join(place.dir, 'sets', id), { recursive: true });
    const bin = join(server.scratch, 'slow-clock');
    mkdirAsPostgres(bin);
    writeAsPostgres(join(bin, 'date'), '#!/bin/sh\nexec /bin/date -d "@$(($(/bin/date +%s) - 7200))" "$@"\n', 0o755);
    const env = { PATH: `${bin}:${server.env['PATH'] ?? ''}` };
    // BusyBox would take the `date` of its own.
    expect((await runPlaced(place, { shell: ['dash'], env })).code).toBe(0);
    const [id = ''] = place.ids();
    expect(Number(id.slice(0, 6))).toBe(Number(newest.slice(0, 6)) + 1);
    expect(id.slice(7) < newest.slice(7)).toBe(true);
    const after = objects();
    expect([...before].filter(([path, content]) => after.get(path) !== content)).toEqual([]);
    expect([...after.keys()].filter((path) => !before.has(path)).map((path) => path.split('/')[3])).toContain(id);
    expect(readFileSync(join(shelf, prefix(), 'index.json'), 'utf8')).toContain('dbctl.offsite/1');
  });

  it('is told when it fails, and is made up for by the next run', async () => {
    writeAsPostgres(join(place.env.NOMAD_SECRETS_DIR, 'rclone.conf'), '[other]\ntype = local\n');
    expect((await runPlaced(place, { shell })).code).toBe(28);
    expect(place.catalog().attempts.at(-1)).toMatchObject({ status: 'offsite-failed' });
    expect(place.catalog().sets.at(-1)?.receipts).toEqual([]);
    writeAsPostgres(join(place.env.NOMAD_SECRETS_DIR, 'rclone.conf'), '[offsite1]\ntype = local\n');
    expect((await runPlaced(place, { shell })).code).toBe(0);
    expect(
      place
        .catalog()
        .sets.slice(-2)
        .map((set) => set.receipts.length),
    ).toEqual([1, 1]);
  });
});
