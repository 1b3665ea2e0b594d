import { beforeEach, describe, expect, it } from 'vitest';
import { parseInventory } from '../../src/inventory/parse.js';
import { newJournal } from '../../src/pipeline/journal.js';
import { journalPath } from '../../src/pipeline/journal-store.js';
import { Secret } from '../../src/shared/secret.js';
import type { UseCaseDeps } from '../../src/usecases/deps.js';
import { type FillInput, prepareFill } from '../../src/usecases/prepare-fill.js';
import { restoreAs } from '../../src/usecases/restore-as.js';
import { textsFor } from '../../src/usecases/run-texts.js';
import { fakeVault } from '../fakes/fake-vault.js';
import { samplePart } from '../render/sample-part.js';
import { type BackupWorld, backupWorld, catalog, receipt, set } from './backup-world.js';

const RUN = '20261101-120000-aaaa';
const text = (encrypt: string): string => `version: 1
defaults:
  driver: exec
  backup:
    offsite: [{ name: b2, url: "b2://bucket/db" }]
    tools:
      rclone: { url: "https://tools.example/rclone", sha256: "${'ab'.repeat(32)}" }
      age: { url: "https://tools.example/age", sha256: "${'cd'.repeat(32)}" }
${encrypt}services:
  speedtest: { priority: high, app: db-parts, jobspec: a.hcl }
  gitea: { priority: low, app: db-parts, jobspec: b.hcl, database: gitea }
`;
const ENCRYPT = `    encrypt: { recipients: ["age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kudv4s3eqkpzlxm"], identity: "postgres/age#key" }\n`;

describe('what a backup asks of a new server', () => {
  let world: BackupWorld;
  beforeEach(() => {
    world = backupWorld();
    const target = { ...samplePart(), service: 'speedtest', job: 'speedtest', role: 'speedtest' };
    const databases = [{ name: 'speedtest', encoding: 'UTF8', collate: 'C', ctype: 'C' }];
    const plan = {
      ...{ service: 'speedtest', target: { ...target, databases } },
      ...{ node: { id: 'n1', name: 'node-1' }, owner: { uid: 70, gid: 70 } },
    };
    const kept = { run: RUN, home: '/home', plan, artifacts: { path: '/home/a.hcl' } };
    world.nomad.variables.entries.set(journalPath('speedtest'), {
      items: {
        journal: JSON.stringify({ ...newJournal('speedtest', RUN, new Date(0)), phase: 'migrated' }),
        texts: textsFor(kept),
      },
      modifyIndex: 1,
      held: undefined,
    });
    world.put('speedtest', catalog([set(27), set(28, { receipts: [receipt(set(28).id)] })]));
    world.onScript = () =>
      'dbctl-df /dev/sda1 1000000 400000 600000 40% /\ndbctl-extension plpgsql\ndbctl-extension vector\ndbctl-role postgres\n';
  });

  const deps = (more: Partial<UseCaseDeps> = {}, encrypt = ''): UseCaseDeps => ({
    ...{ ...world.deps, inventory: parseInventory(text(encrypt), 'dbctl.yaml') },
    ...more,
  });
  const ask = (more: Partial<FillInput> = {}, of = deps()) =>
    prepareFill(of, { ...{ from: 'speedtest', id: null, at: null, offsite: null, identity: null }, ...more });

  it('is told by the catalog, the set and the server that was backed up', async () => {
    const { like, fill } = await ask();
    expect(fill).toMatchObject({ from: 'speedtest', chosen: { id: set(28).id }, offsite: null });
    expect(like).toMatchObject({
      ...{ service: 'speedtest', role: 'speedtest', offsite: null, extensions: ['plpgsql', 'vector'] },
      set: { id: set(28).id, started: set(28).started, major: 15 },
      node: { id: 'n1', name: 'node-1' },
      server: { major: samplePart().major, owner: { uid: 70, gid: 70 } },
      freeBytes: 600_000 * 1024,
    });
    expect(like.needBytes).toBeGreaterThan(18_500_000);
    expect((await ask({ at: '2026-11-27T12:00:00Z' })).fill.chosen.id).toBe(set(27).id);
    expect(world.steps).toEqual([]);
  });

  it('needs the key of an encrypted copy before it is fetched', async () => {
    await expect(ask({ offsite: 'b2' })).rejects.toMatchObject({ code: 'USAGE', exitCode: 64 });
    expect((await ask({ offsite: 'b2', identity: new Secret('k') })).fill.offsite?.name).toBe('b2');
    await expect(ask({ offsite: 'b2' }, deps({}, ENCRYPT))).rejects.toMatchObject({ code: 'VAULT_SECRET_MISSING' });
    const vault = fakeVault();
    await vault.write('secret', 'postgres/age', { key: new Secret('AGE-SECRET-KEY-1') }, 0);
    const { fill } = await ask({ offsite: 'b2' }, deps({ vault }, ENCRYPT));
    expect(JSON.stringify(fill)).not.toContain('AGE-SECRET');
  });

  it('is refused for a backup that is not there, was not read back, or is of a service on the shared instance', async () => {
    await expect(ask({ id: '000099-20261128T023000Z' })).rejects.toMatchObject({ code: 'BACKUP_NOT_FOUND' });
    world.put('speedtest', catalog([set(28, { receipts: [receipt(set(28).id, { verified: false })] })]));
    await expect(ask({ offsite: 'b2' })).rejects.toMatchObject({ code: 'BACKUP_NOT_FOUND', exitCode: 3 });
    await expect(ask({ from: 'gitea' })).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
    await expect(ask({ from: 'gitae' })).rejects.toMatchObject({ code: 'SERVICE_UNKNOWN' });
  });

  it('is asked of no service for itself', async () => {
    const input = { ...{ app: null, jobspec: null, databases: [], role: null, image: null, plan: false } };
    const rest = { resume: false, undo: false, show: () => undefined, confirm: () => Promise.resolve() };
    const fill = { id: null, at: null, offsite: null, identity: null };
    const same = restoreAs(deps(), { service: 'speedtest', as: 'speedtest', ...input, ...fill, ...rest });
    await expect(same).rejects.toMatchObject({ code: 'USAGE', where: '--as' });
    expect(world.scripts).toEqual([]);
  });
});
