import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { AdoptedFile, AdoptReport } from '../../src/report/adopt-report.js';
import type { PsqlReport } from '../../src/report/psql-report.js';
import type { DiscoverReport } from '../../src/usecases/discover.js';
import { expectOk, explain } from './expectations.js';
import { homelabReport } from './homelab/homelab-report.js';
import { Homelab, MOVED, ORPHAN, ROWS } from './homelab/homelab-world.js';
import { ENCODED, HOUSE, PASSWORD, PLAIN } from './homelab/house.js';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

let house: Homelab;
let discovered: DiscoverReport;
let adopted: Map<string, AdoptedFile>;
const moved: string[] = [];

const SHARED = HOUSE.filter(({ server }) => server === 'shared');
const OTHERS = HOUSE.filter(({ server }) => server !== 'shared').map(({ job }) => job);

beforeAll(async () => {
  house = await Homelab.up();
  const out = [...(await house.notIn(120)), ...(await house.notRunning(OTHERS, 30))];
  if (out.length > 0) throw new Error(`not there: ${out.join(', ')}; ${await house.troubles()}`);
});

afterAll(async () => {
  await house?.down();
});

const adopt = (...args: string[]) =>
  house.world.dbctl('adopt', '--from', 'postgresql', '--from', house.marks.host, ...args);

describe('discover in a homelab of differently written services', () => {
  it('looks everywhere and tells no password', async () => {
    const run = await house.world.dbctl('discover', '--json');
    expect(run.code, explain(run)).toBe(0);
    discovered = JSON.parse(run.stdout) as DiscoverReport;
    expect(discovered.gaps).toEqual([]);
    expect(discovered.servers.map(({ job, silent }) => [job, silent]).toSorted()).toEqual([
      ['board', null],
      ['gallery', null],
      ['guests-db', null],
      ['music-db', null],
      ['postgresql', null],
    ]);
    for (const secret of [PLAIN, PASSWORD, ENCODED]) expect(run.stdout + run.stderr).not.toContain(secret);
  });

  it('finds every database under its true name, and claims no other', () => {
    const sure = discovered.services.filter(({ confidence }) => confidence !== 'unclear');
    const claims = sure.map(({ job, databases, role }) => ({ job, databases: databases.toSorted(), role }));
    const users = HOUSE.filter(({ databases, finding }) => databases.length > 0 && finding === undefined);
    const expected = users.map(({ job, databases, role }) => ({ job, databases: databases.toSorted(), role }));
    const speedtest = { job: 'speedtest', databases: ['speedtest'], role: 'speedtest' };
    const byJob = (a: { job: string }, b: { job: string }) => a.job.localeCompare(b.job);
    expect(claims.toSorted(byJob)).toEqual([...expected, speedtest].toSorted(byJob));
  });

  it('is certain of each that has a session', () => {
    // The lab's own app opens a session for each write.
    const unsure = discovered.services.filter(({ job, confidence }) => confidence !== 'certain' && job !== 'speedtest');
    expect(unsure.map(({ job, confidence }) => [job, confidence]).toSorted()).toEqual([
      ['blog', 'unclear'],
      ['guests', 'likely'],
    ]);
  });

  it('names what is odd: an app that goes by a file of its own, a client without a server, databases of nobody', () => {
    const told = (code: string): string[] =>
      discovered.findings.filter((one) => one.code === code).map(({ where, text }) => `${where}: ${text}`);
    for (const { job, finding } of HOUSE)
      if (finding !== undefined) expect(told(finding)).toEqual([expect.stringMatching(new RegExp(`^${job}`))]);
    const unclaimed = discovered.servers.flatMap(({ databases }) =>
      databases.filter(({ state }) => state === 'unclaimed').map(({ name }) => name),
    );
    const ofTheLab = ['authelia', 'freshrss', 'gitea', 'grafana', 'vaultwarden'];
    expect(unclaimed.toSorted()).toEqual([...ofTheLab, 'blog_live', ORPHAN].toSorted());
    expect(told('DATABASE_UNCLAIMED').join('\n')).toMatch(/blog_live; sessions now: blog from/);
  });
});

describe('adopt on the very files', () => {
  it('patches what can be patched, and says of the rest what is in the way', async () => {
    const run = await adopt('--json', ...HOUSE.map(({ job }) => house.fileOf(job)));
    expect(run.code, explain(run)).toBe(3);
    const { files } = JSON.parse(run.stdout) as AdoptReport;
    adopted = new Map(HOUSE.flatMap(({ job }, index) => (files[index] === undefined ? [] : [[job, files[index]]])));
    expect(Object.fromEntries([...adopted].map(([job, { verdict }]) => [job, verdict]))).toEqual(
      Object.fromEntries(HOUSE.map(({ job, verdict }) => [job, verdict])),
    );
    const patched = SHARED.filter(({ job }) => adopted.get(job)?.verdict === 'patched');
    expect([SHARED.length >= 25, patched.length >= 23]).toEqual([true, true]);
    for (const { left, next, verdict } of files)
      if (verdict === 'instructions') expect(left.length + next.length).toBeGreaterThan(0);
    for (const secret of [PLAIN, PASSWORD, ENCODED]) expect(run.stdout + run.stderr).not.toContain(secret);
  });

  it('every patched file is valid for this Nomad, and comes back to the byte', async () => {
    const patched = HOUSE.filter(({ job }) => adopted.get(job)?.verdict === 'patched').map(({ job }) =>
      house.fileOf(job),
    );
    const before = await Promise.all(patched.map((path) => readFile(path, 'utf8')));
    const written = await adopt('--write', '--json', ...patched);
    expect(written.code, explain(written)).toBe(0);
    for (const [index, path] of patched.entries()) {
      const after = await readFile(path, 'utf8');
      expect(after).not.toBe(before[index]);
      expect([path, await house.complaints(after)]).toEqual([path, []]);
    }
    const extra = [...adopted.values()].flatMap(({ change }) => change?.files ?? []);
    for (const { path, text } of extra) expect([path, await house.complaints(text)]).toEqual([path, []]);
    const undone = await house.world.dbctl('adopt', '--undo', '--write', '--json', ...patched);
    expect(undone.code, explain(undone)).toBe(0);
    expect(await Promise.all(patched.map((path) => readFile(path, 'utf8')))).toEqual(before);
  });
});

describe('a move of some of them', () => {
  it('takes every row along, and the app works on its new database', async () => {
    const [first = '', ...others] = Object.keys(MOVED);
    await move(first);
    const lanes = [0, 1].map((lane) => others.filter((_, index) => index % 2 === lane));
    const ends = await Promise.allSettled(lanes.map(moveInTurn));
    expect(ends.flatMap((end) => (end.status === 'rejected' ? [String(end.reason)] : []))).toEqual([]);
    const names = SHARED.filter(({ job }) => job in MOVED).flatMap(({ databases }) => databases);
    const left = await house.asAdmin((client) =>
      client.query('select datname from pg_stat_activity where datname = any($1)', [names]),
    );
    expect(left.rows).toEqual([]);
  });

  it('gives the table of this run', async () => {
    const text = homelabReport({ discovered, adopted, moved: moved.toSorted() });
    expect(moved.toSorted()).toEqual(Object.keys(MOVED).toSorted());
    expect(text).not.toMatch(/\d+\.\d+\.\d+\.\d+/);
    for (const { job } of HOUSE) expect(text).toContain(`| \`${job}\` |`);
    if (process.env['UPDATE'] !== undefined) await writeFile(join(import.meta.dirname, '../../docs/homelab.md'), text);
  });
});

async function moveInTurn(jobs: readonly string[]): Promise<void> {
  for (const job of jobs) await move(job);
}

/** The first one by itself: it makes the volume that all put their dumps on. */
async function move(job: string): Promise<void> {
  const run = await house.world.dbctl('migrate', job, '--yes', '--confirm', job, '--no-rehearse', '--json');
  expectOk(run);
  expect([job, await seenByApp(job)]).toEqual([job, [ROWS, true]]);
  moved.push(job);
}

/** On the database that the service has now: the rows of before, and whether its app wrote there since. */
async function seenByApp(job: string): Promise<[rows: number, wrote: boolean]> {
  const sql = 'select (select count(*) from archive), (select count(distinct port) from visits) > 1';
  const run = await house.world.dbctl('psql', job, '--json', '--', '-At', '-c', sql);
  const { stdout } = JSON.parse(run.stdout) as PsqlReport;
  const [rows, wrote] = stdout.trim().split('|');
  return [Number(rows), wrote === 't'];
}
