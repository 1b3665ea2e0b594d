import { beforeEach, describe, expect, it } from 'vitest';
import { DbctlError } from '../../src/errors/dbctl-error.js';
import { parseInventory } from '../../src/inventory/parse.js';
import { loadHcl } from '../../src/render/index.js';
import type { RebuildReport } from '../../src/report/rebuild-report.js';
import { Secret } from '../../src/shared/secret.js';
import { rebuildText } from '../../src/ui/rebuild-text.js';
import type { UseCaseDeps } from '../../src/usecases/deps.js';
import { type RebuildInput, rebuild } from '../../src/usecases/rebuild/rebuild.js';
import { emptyOnShared } from '../../src/usecases/rebuild/standing.js';
import { fakeVault } from '../fakes/fake-vault.js';
import { type BackupWorld, backupWorld, set } from './backup-world.js';

const INVENTORY = `version: 1
defaults:
  driver: exec
  backup:
    offsite: [{ name: b2, url: "b2://bucket/db" }]
    tools: { rclone: { url: "https://tools.example/rclone", sha256: "${'ab'.repeat(32)}" } }
services:
  speedtest: { priority: high, app: db-parts, jobspec: a.hcl }
  gitea: { priority: low, app: db-parts, jobspec: b.hcl, database: gitea }
`;

const NEWEST = set(27, {
  service: 'gitea',
  databases: set(27).databases.map((one) => ({ ...one, database: 'gitea', folder: 'gitea' })),
});
const FOLDER = `2026/11/27/${NEWEST.id}`;
const files = [{ path: 'manifest.json', bytes: 90, sha256: 'ab'.repeat(32) }];
const INDEX = JSON.stringify({
  ...{ schema: 'dbctl.offsite/1', id: NEWEST.id, service: 'gitea', counter: 27, kind: 'scheduled' },
  ...{ finished: NEWEST.finished, encrypted: false, files },
});
const DUMPED = {
  schema: 'dbctl.manifest/1',
  source: { database: 'gitea', encoding: 'UTF8', collate: 'C', ctype: 'C', owner: 'gitea' },
};
const EVIDENCE = [
  { k: 'meta', schema: 'dbctl.evidence/1', server_version_num: 150018, bootstrap: 'postgres', tables: 0, sequences: 0 },
  { k: 'largeobjects', count: 0, bytes: 0, digest: '' },
  { k: 'database', name: 'provider', def: 'c' },
];

describe('rebuild', () => {
  let world: BackupWorld;
  let deps: UseCaseDeps;
  const shown: RebuildReport[] = [];
  const asked: string[] = [];

  beforeEach(async () => {
    world = backupWorld({ sharedJob: false });
    world.onScript = () => '';
    world.results.set('objects', `700 ${FOLDER}/index.json\n90 ${FOLDER}/manifest.json`);
    world.results.set('indexes.jsonl', `${INDEX}\n`);
    world.onStep = ({ allocId, dir, job }) => {
      const put = (path: string, value: string): void =>
        void world.nomad.allocs.files.set(`${allocId}:alloc/${dir}.set/${path}`, value);
      if (!job.includes('ONLY')) return 0;
      put('manifest.json', JSON.stringify(NEWEST));
      put('gitea/manifest.json', JSON.stringify(DUMPED));
      put('gitea/evidence.jsonl', EVIDENCE.map((line) => JSON.stringify(line)).join('\n'));
      return 0;
    };
    const vault = fakeVault();
    await vault.write('secret', 'postgres/offsite/b2', { account: new Secret('a'), key: new Secret('k') }, 0);
    const parse: UseCaseDeps['nomad']['parseJob'] = async ({ Source }) => ({
      ID: /^job "(.*)"/.exec(Source)?.[1] ?? '',
      TaskGroups: [{ Name: 'seek', Tasks: [{ Name: 'db-backup', Driver: 'exec' }] }],
    });
    world.nomad.onRegister = (job) => {
      for (const { ID } of world.nomad.allocs.place(job))
        world.nomad.allocs.files.set(`${ID}:alloc/dbctl/seek.ready`, '70 71\n');
    };
    deps = {
      ...{ ...world.deps, inventory: parseInventory(INVENTORY, 'dbctl.yaml'), vault },
      nomad: { ...world.deps.nomad, parseJob: parse },
      hcl: loadHcl,
    };
    shown.length = 0;
    asked.length = 0;
  });

  const run = (more: Partial<RebuildInput> = {}): Promise<RebuildReport> =>
    rebuild(deps, {
      ...{ service: undefined, offsite: null, id: null, at: null, identity: null, plan: false },
      show: (report) => void shown.push(report),
      confirm: async (question) => void asked.push(question),
      ...more,
    });

  it('refuses a service that lives, by its name, before anything is looked for', async () => {
    const report = await run({ service: 'speedtest' });
    expect(report).toMatchObject({
      status: 'failed',
      rows: [{ service: 'speedtest', status: 'there', error: { code: 'DATABASE_NOT_EMPTY', exitCode: 3 } }],
    });
    expect([world.steps, asked, [...world.nomad.jobs.jobs.keys()]]).toEqual([[], [], []]);
  });

  it('passes it over among all, finds the copy of the other, and says why that cannot be made', async () => {
    const report = await run();
    const [there, gitea] = report.rows;
    expect(there).toMatchObject({ service: 'speedtest', status: 'there', why: expect.stringContaining('migrated') });
    expect(there?.error).toBeUndefined();
    expect(gitea).toMatchObject({
      status: 'blocked',
      copy: { id: NEWEST.id, target: 'b2', prefix: `gitea/${FOLDER}`, databases: ['gitea'], started: NEWEST.started },
      error: { code: 'PREFLIGHT_FAILED', details: [expect.stringMatching(/^NO_NODE/)] },
    });
    expect(gitea?.copy?.ageSeconds).toBe(33 * 3600 + 30 * 60);
    expect(asked).toEqual([]);
    expect([...world.nomad.jobs.jobs.keys()]).toEqual([]);
    expect(JSON.stringify(report)).not.toMatch(/"k"|verifier/);
  });

  it('says of a store that does not answer what is wrong, and takes the look away', async () => {
    world.onStep = () => 23;
    const report = await run({ service: 'gitea' });
    expect(report.rows[0]).toMatchObject({ status: 'failed', error: { code: 'TOOLBOX_FAILED' } });
    expect([...world.nomad.jobs.jobs.keys()]).toEqual([]);
    const text = rebuildText(report, { colour: false, unicode: true, columns: 100 });
    expect(text).toContain('TOOLBOX_FAILED');
  });

  it('refuses a service without copies elsewhere, and a target that there is not', async () => {
    expect((await run({ service: 'gitea', offsite: 'b3' })).rows[0]?.error).toMatchObject({
      code: 'USAGE',
      exitCode: 64,
    });
    deps = {
      ...deps,
      inventory: parseInventory(
        INVENTORY.replace(/ {4}offsite.*\n {4}tools.*\n/, '    keep: { last: 3 }\n'),
        'dbctl.yaml',
      ),
    };
    expect((await run({ service: 'gitea' })).rows[0]?.error).toMatchObject({ code: 'USAGE' });
  });

  describe('of what the shared instance has', () => {
    const rows = new Map<string, unknown[]>();
    const look = (names: string[]): Promise<string[]> => {
      const sql: UseCaseDeps['sql'] = { run: async ({ database }) => rows.get(database) ?? [] };
      return emptyOnShared({ ...deps, sql }, 'gitea', names);
    };

    beforeEach(async () => {
      rows.clear();
      rows.set('postgres', [
        { datname: 'gitea', allowConn: true },
        { datname: 'other', allowConn: true },
      ]);
    });

    const start = (): Promise<unknown> =>
      world.deps.nomad.registerJob(
        { ID: 'postgresql', TaskGroups: [{ Name: 'g', Tasks: [{ Name: 'postgres', Driver: 'exec' }] }] },
        { enforceIndex: 0 },
      );

    it('an empty database is no obstacle, one with anything in it is', async () => {
      expect(await look(['gitea'])).toEqual([]);
      await start();
      expect(await look(['gitea', 'gone'])).toEqual(['gitea']);
      rows.set('gitea', [{ object: 'relation repository' }]);
      await expect(look(['gitea'])).rejects.toMatchObject({ code: 'DATABASE_NOT_EMPTY', value: 'relation repository' });
      expect(await look(['gone'])).toEqual([]);
    });

    it('an instance that cannot be asked is no proof that nothing is there', async () => {
      await start();
      const sql: UseCaseDeps['sql'] = { run: () => Promise.reject(new DbctlError('SQL_FAILED', 'refused')) };
      await expect(emptyOnShared({ ...deps, sql }, 'gitea', ['gitea'])).rejects.toMatchObject({
        code: 'DATABASE_UNAVAILABLE',
        exitCode: 5,
      });
    });
  });
});
