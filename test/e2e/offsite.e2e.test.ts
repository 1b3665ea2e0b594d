import { createHash } from 'node:crypto';
import { appendFileSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { downloadsPath, storePath } from '../../lab/offsite/servers.js';
import type { BackupAllReport, BackupReport } from '../../src/report/backup-report.js';
import type { DeploySharedReport } from '../../src/report/deploy-report.js';
import type { DrillsReport } from '../../src/report/drill-report.js';
import type { RestoreReport } from '../../src/report/restore-report.js';
import { Canary } from '../support/canary.js';
import { volumeFolder } from './data-volume.js';
import { expectOk, explain } from './expectations.js';
import { LabWorld, type Run } from './lab-world.js';

let world: LabWorld;
let backups: string;
let runs: readonly Run[] = [];
/** The set that is brought back from its copy alone. */
let newest = '';

const said = <T>(run: Run): T => JSON.parse(run.stdout) as T;

beforeAll(async () => {
  world = await LabWorld.up('e2e-offsite', { scale: 1, offsite: true });
});
afterAll(() => world?.down());

async function told(...args: string[]): Promise<Run> {
  const run = await world.dbctl(...args);
  runs = [...runs, run];
  return run;
}

const secret = async (name: string): Promise<Record<string, string>> => {
  const response = await fetch(`${world.lab.vaultAddr}/v1/secret/data/postgres/offsite/${name}`, {
    headers: { 'X-Vault-Token': world.lab.vaultToken.reveal() },
  });
  return ((await response.json()) as { data: { data: Record<string, string> } }).data.data;
};

const below = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));

const sumOf = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

/** The one folder of rclone and age on the backup volume. */
const toolsFolder = (): string => {
  const [pin, ...more] = readdirSync(join(backups, '.tools'));
  expect(more).toEqual([]);
  return join(backups, '.tools', pin ?? '');
};

const jobsLeft = (): Promise<{ ID: string }[]> => world.nomad('/v1/jobs?prefix=dbctl-tools-');

describe('copies elsewhere without any hand', () => {
  it('a move puts rclone, age and the credentials there, and leaves nothing of how', async () => {
    const run = await told('migrate', 'speedtest', '--yes', '--confirm', 'speedtest', '--json', '--no-rehearse');
    expectOk(run);
    expect(run.json.notes.filter((note) => note.includes('copies elsewhere'))).toEqual([]);
    backups = await volumeFolder(world, 'db-backups');
    expect(readdirSync(toolsFolder()).sort()).toEqual(['SHA256SUMS', 'age', 'rclone']);
    expect(sumOf(join(toolsFolder(), 'rclone'))).toBe(sumOf(join(downloadsPath(world.lab.dir), 'rclone')));
    expect(await jobsLeft()).toEqual([]);
    const path = '/v1/var/nomad/jobs/speedtest/speedtest/db-backup';
    const { Items } = await world.nomad<{ Items: Record<string, string> }>(path);
    expect(Object.keys(Items)).toEqual(['offsite_1']);
  });

  it("tells in Nomad's own words that a download is not what was pinned; the backup is there", async () => {
    const download = join(downloadsPath(world.lab.dir), 'rclone');
    const { size } = statSync(download);
    appendFileSync(download, 'x');
    const rclone = join(toolsFolder(), 'rclone');
    rmSync(rclone);
    writeFileSync(rclone, 'damaged', { mode: 0o755 });
    const run = await told('backup', 'speedtest', '--json');
    truncateSync(download, size);
    const report = said<BackupReport>(run);
    expect(run.code, explain(run)).toBe(5);
    expect(report.sets).toHaveLength(1);
    expect(report.notes.join('\n')).toMatch(/TOOLS_UNAVAILABLE.*checksum/is);
    expect(await jobsLeft()).toEqual([]);
  });

  it('puts a damaged program anew, and copies encrypted and read back', async () => {
    const run = await told('backup', 'speedtest', '--json');
    expectOk(run);
    const [set] = said<BackupReport>(run).sets;
    expect(set?.receipts).toMatchObject([{ target: 'attic', encrypted: true, verified: true }]);
    const folder = join(storePath(world.lab.dir), 'attic', 'db', 'speedtest');
    const objects = below(folder).filter((path) => path.includes(set?.id ?? 'none'));
    const plain = objects.filter((path) => !path.endsWith('.age')).map((path) => path.split('/').at(-1));
    expect(plain.sort()).toEqual(['RESTORE.md', 'index.json']);
    const dump = objects.find((path) => path.endsWith('/database.dump.age')) ?? '';
    expect(readFileSync(dump).subarray(0, 21).toString()).toBe('age-encryption.org/v1');
  });

  it('brings the copy back when the sets of the volume are gone', async () => {
    const sets = join(backups, 'speedtest', 'sets');
    newest = readdirSync(sets).sort().at(-1) ?? '';
    for (const name of readdirSync(sets)) rmSync(join(sets, name), { recursive: true });
    const key = join(world.state, 'age.key');
    writeFileSync(key, `${(await secret('age'))['key']}\n`, { mode: 0o600 });
    const flags = ['--offsite', 'attic', '--from', newest, '--identity', key];
    const run = await told('restore', 'speedtest', '--yes', '--confirm', 'speedtest', '--json', ...flags);
    expectOk(run);
    expect(said<RestoreReport>(run).evidence?.match).toBe(true);
    await world.untilWriting();
  });

  it('finds the copy restorable in a drill', async () => {
    const run = await told('drill', 'speedtest', '--json', '--from', newest);
    const [drill] = said<DrillsReport>(run).drills;
    expect(drill, explain(run)).toMatchObject({ status: 'ok', findings: [], set: { from: 'attic' } });
  });

  it('copies the databases of the shared instance too', async () => {
    const deployed = await told('backup', 'deploy-shared', '--yes', '--json');
    expect(deployed.code, explain(deployed)).toBe(0);
    expect(said<DeploySharedReport>(deployed).notes).toEqual([]);
    const run = await told('backup-all', '--json');
    expectOk(run);
    const shared = said<BackupAllReport>(run).reports.find(({ on }) => on === 'shared');
    const receipts = shared?.sets.map((set) => set.receipts.map(({ target, verified }) => [target, verified])) ?? [];
    expect(receipts.length).toBeGreaterThanOrEqual(5);
    expect(new Set(receipts.map((one) => JSON.stringify(one)))).toEqual(new Set(['[["attic",true]]']));
    const folder = join(storePath(world.lab.dir), 'attic', 'db', 'postgresql');
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(['gitea', 'grafana']));
    expect(await jobsLeft()).toEqual([]);
  });

  it('has shown no credential anywhere', async () => {
    const canary = new Canary();
    const { secret_access_key: store = '' } = await secret('attic');
    canary.add('store', store);
    canary.add('age', (await secret('age'))['key'] ?? '');
    const found = runs.flatMap((run, index) => canary.in(`run ${index}`, `${run.stdout}\n${run.stderr}`));
    expect([...found, ...canary.inFiles(world.lab.home), ...canary.inFiles(backups)]).toEqual([]);
    for (const log of ['nomad.log', 'store.log', 'downloads.log'])
      expect(canary.in(log, readFileSync(join(world.lab.dir, log)))).toEqual([]);
  });
});
