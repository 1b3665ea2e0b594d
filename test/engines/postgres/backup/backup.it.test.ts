import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareEvidence, parseEvidence } from '../../../../src/engines/postgres/evidence.js';
import { shQuote } from '../../../../src/shared/quote.js';
import { backupPlace, runPlaced } from '../../../support/backup.js';
import {
  mkdirAsPostgres,
  postgresIdentity,
  runAsPostgres,
  startCluster,
  type TestCluster,
  writeAsPostgres,
} from '../../../support/postgres.js';
import { LONG_SHELLS } from '../../../support/shells.js';
import { restoreStep } from '../../../support/toolbox.js';

const ODD = `o'dd "n\\ame" $(x) ü`;

describe.each(LONG_SHELLS)('a backup under %s', (...shell) => {
  let server: TestCluster;
  beforeAll(async () => {
    server = await startCluster();
    for (const name of ['one', ODD, 'copy']) await server.createDatabase(name);
    const fill =
      "create table a as select i, repeat('x', 100) as t from generate_series(1, 2000) i; select lo_from_bytea(5, 'hello');";
    await server.psql(fill, { database: 'one' });
    await server.psql(
      'create table b as select 1 as i; create table "rows" : 9" (i int);'.replace('"rows" : 9"', '"""rows"" : 9"'),
      {
        database: ODD,
      },
    );
  });
  afterAll(() => server.stop());

  it('holds every database, the roles and the way to restore by hand, and is in the catalog', async () => {
    const place = backupPlace(server, ['one', ODD]);
    const result = await runPlaced(place, { shell, env: { PIN: '1' } });
    expect(result.code, result.stdout + result.stderr).toBe(0);
    const [id] = place.ids();
    expect(place.ids()).toHaveLength(1);
    expect(id).toMatch(/^000001-\d{8}T\d{6}Z$/);
    const { sets, attempts, problem } = place.catalog();
    expect(problem).toBeNull();
    expect(attempts).toMatchObject([{ kind: 'manual', status: 'ok', id, error: null }]);
    expect(sets).toMatchObject([{ id, counter: 1, kind: 'manual', pinned: true, receipts: [] }]);
    expect(sets[0]?.databases).toMatchObject([
      { database: 'one', tables: 1, rows: 2000 },
      { database: ODD, tables: 2, rows: 1 },
    ]);
    expect(result.file('manifest.json')).toBe(readFileSync(join(place.dir, 'sets', id ?? '', 'manifest.json'), 'utf8'));
    expect(sets[0]?.files.map((file) => file.path)).toContain('one/dump/database.dump');
    expect(readFileSync(join(place.dir, 'sets', id ?? '', 'globals.sql'), 'utf8')).toContain('CREATE ROLE');
    expect(place.metrics()).toContain('dbctl_backup_sets{service="shop"} 1');
    const seconds = Number(/last_success_timestamp_seconds\{[^}]*\} (\d+)/.exec(place.metrics())?.[1]);
    expect(Math.abs(seconds - Date.now() / 1000)).toBeLessThan(120);
  });

  it('restores to the same evidence', async () => {
    const place = backupPlace(server, ['one']);
    expect((await runPlaced(place, { shell })).code).toBe(0);
    const from = join(place.dir, 'sets', place.ids()[0] ?? '', 'one');
    const restored = await restoreStep(server, 'copy', from, { name: `r-${shell[0]}`, shell });
    expect(restored.code, restored.stdout).toBe(0);
    const [dumped, there] = ['dumped.jsonl', 'evidence.jsonl'].map((name) => parseEvidence(restored.file(name)));
    if (!dumped || !there) throw new Error('no evidence');
    expect(compareEvidence(dumped, there, { sequences: 'equal' })).toMatchObject({ catalogDiff: [] });
  });

  it('is none when one database fails, and the others were tried', async () => {
    const place = backupPlace(server, ['gone', 'one']);
    const result = await runPlaced(place, { shell });
    expect(result.code).toBe(23);
    expect(result.stdout).toContain('database 2 of 2');
    expect(place.ids()).toEqual([]);
    expect(place.catalog().sets).toEqual([]);
    expect(place.catalog().attempts).toMatchObject([{ status: 'failed', id: null }]);
    expect(place.catalog().attempts[0]?.error).toMatch(/^gone: .*does not exist/);
  });

  it('fails with a wrong password, and keeps what was there', async () => {
    const place = backupPlace(server, ['one'], { KEEP_LAST: '1' });
    expect((await runPlaced(place, { shell })).code).toBe(0);
    const before = place.ids();
    const wrong = await runPlaced(place, { shell, env: { PGHOST: '127.0.0.1', PGUSER: 'postgres' } });
    expect(wrong.code).toBe(23);
    expect(place.ids()).toEqual(before);
    expect(place.catalog().attempts.map((one) => one.status)).toEqual(['ok', 'failed']);
  });

  it('does not overlap with another', async () => {
    const place = backupPlace(server, ['one']);
    const holder = spawn('flock', [join(place.dir, 'lock'), 'sleep', '20'], { ...postgresIdentity(), stdio: 'ignore' });
    await expect.poll(() => existsSync(join(place.dir, 'lock'))).toBe(true);
    await expect.poll(async () => (await runAsPostgres('flock', ['-n', join(place.dir, 'lock'), 'true'])).code).toBe(1);
    const result = await runPlaced(place, { shell });
    const children = await runAsPostgres('pgrep', ['-P', String(holder.pid)]);
    for (const pid of children.stdout.trim().split('\n')) process.kill(Number(pid));
    expect(result.code).toBe(27);
    expect(place.ids()).toEqual([]);
  });

  it('counts on after its sets, and even its counter, are gone', async () => {
    const place = backupPlace(server, ['one']);
    await runPlaced(place, { shell });
    for (const id of place.ids()) rmSync(join(place.dir, 'sets', id), { recursive: true });
    await runPlaced(place, { shell });
    rmSync(join(place.dir, 'counter'));
    // As an octal number it would be 25.
    await runAsPostgres('mkdir', ['-p', join(place.dir, 'receipts', 'b2')]);
    writeAsPostgres(join(place.dir, 'receipts', 'b2', '000031-20261101T000000Z.json'), '');
    await runPlaced(place, { shell });
    expect(place.ids().map((id) => id.slice(0, 6))).toEqual(['000002', '000032']);
  });

  it('removes what a run that was killed left, and keeps the last ones only', async () => {
    const place = backupPlace(server, ['one'], { KEEP_LAST: '2' });
    await runAsPostgres('mkdir', ['-p', join(place.dir, 'sets', '000001-20200101T000000Z.part', 'one')]);
    for (let i = 0; i < 3; i++) expect((await runPlaced(place, { shell })).code).toBe(0);
    expect(place.ids()).toHaveLength(2);
    expect(place.catalog().sets.map((set) => set.counter)).toEqual(place.ids().map((id) => Number(id.slice(0, 6))));
  });

  it('leaves no set when pg_dump is killed at its work', async () => {
    const place = backupPlace(server, ['one']);
    const bin = join(place.env.NOMAD_ALLOC_DIR, 'bin');
    mkdirAsPostgres(bin);
    const path = server.env['PATH'] ?? '';
    const killer = `PATH=${shQuote(path)}
case " $* " in *" --snapshot="*) ;; *) exec pg_dump "$@" ;; esac
pg_dump "$@" &
kill -9 "$!"
wait "$!"
`;
    writeAsPostgres(join(bin, 'pg_dump'), `#!/bin/sh\n${killer}`, 0o755);
    const result = await runPlaced(place, { shell, env: { PATH: `${bin}:${path}` } });
    expect(result.code, result.stdout).toBe(23);
    expect(place.ids()).toEqual([]);
    expect(place.catalog().attempts).toMatchObject([{ status: 'failed' }]);
  });

  it.skipIf(process.getuid?.() !== 0).each([
    ['for its manifest', 100_000, /^the manifest cannot be written; /],
    ['at all', 131_072, /^one: .*No space left on device.*; /],
  ])('leaves the old sets alone when there is no space %s, and tells what is free', async (_, ballast, reason) => {
    const place = backupPlace(server, ['one']);
    await runAsPostgres('mkdir', ['-p', join(place.dir, 'sets')]);
    const { uid, gid } = postgresIdentity();
    const sets = join(place.dir, 'sets');
    const { execFileSync } = await import('node:child_process');
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=128k,uid=${uid},gid=${gid},mode=700`, 'tmpfs', sets]);
    try {
      writeFileSync(join(sets, 'ballast'), Buffer.alloc(ballast));
      const result = await runPlaced(place, { shell });
      expect(result.code).toBe(23);
      expect(readdirSync(sets)).toEqual(['ballast']);
      const error = place.catalog().attempts[0]?.error ?? '';
      expect(error).toMatch(reason);
      expect(error).toMatch(
        /; free are \d+ KiB of 128 KiB on the backup volume and \d+ [KM]iB of \d+ MiB in the folder/,
      );
    } finally {
      execFileSync('umount', [sets]);
    }
  });
});
