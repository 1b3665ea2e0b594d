import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createImage, listImages, removeImage, showImage } from '../../src/usecases/image.js';
import { pinBackup } from '../../src/usecases/pin-backup.js';
import { requireDocument } from '../support/json-documents.js';
import { type BackupWorld, backupWorld, catalog, receipt, set } from './backup-world.js';

/** The toolbox's short scripts are run by a shell, on a folder that stands for the backup volume. */
describe('images', () => {
  let root = '';
  let world: BackupWorld;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'dbctl-images-'));
    world = backupWorld();
    world.put('speedtest', catalog([set(27), set(28, { receipts: [receipt(set(28).id)] })]));
    for (const { id } of [set(27), set(28)]) {
      mkdirSync(join(home(), 'sets', id, 'speedtest'), { recursive: true });
      writeFileSync(join(home(), 'sets', id, 'manifest.json'), '{}');
      writeFileSync(join(home(), 'sets', id, 'globals.sql'), 'CREATE ROLE postgres;\nCREATE ROLE "a b";\n');
      writeFileSync(
        join(home(), 'sets', id, 'speedtest', 'evidence.jsonl'),
        '{"k" : "catalog", "kind" : "extension", "name" : "pgcrypto", "def" : "1.3"}\n',
      );
    }
    world.onScript = (script, args) => {
      // Of the job that writes the catalog anew, which ends at once here.
      if (!/pins|evidence/.test(script)) return '';
      const here = args.map((arg) => arg.replace('/backups', root));
      const env = { PATH: process.env['PATH'], NOMAD_ALLOC_DIR: root };
      const { status, stdout, stderr } = spawnSync('sh', ['-c', `set -eu; ${script}`, 'dbctl', ...here], {
        ...{ encoding: 'utf8', env },
      });
      if (status !== 0) throw new Error(`the script ended with ${status}: ${stderr}`);
      return stdout;
    };
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const home = (): string => join(root, 'speedtest');
  const pin = (id: string): string => join(home(), 'pins', id);
  const create = (name: string, from: string | null = null) =>
    createImage(world.deps, { service: 'speedtest', name, from });
  const remove = (name: string, asked: string[] = []) =>
    removeImage(world.deps, { name, confirm: async (question) => void asked.push(question) });

  it('is a pin with a name: retention sees a pin, the list sees the name', async () => {
    const made = await create('golden');
    requireDocument(JSON.parse(JSON.stringify(made)));
    expect(made).toMatchObject({ action: 'create', status: 'ok', images: [{ name: 'golden', set: set(28).id }] });
    expect(readFileSync(pin(set(28).id), 'utf8')).toBe('image golden 2026-11-28T12:00:00.000Z\n');
    expect(world.steps).toHaveLength(1);
    const { images, unseen } = await listImages(world.deps);
    expect(unseen).toEqual([]);
    expect(images).toEqual([
      {
        ...{ name: 'golden', service: 'speedtest', set: set(28).id, created: '2026-11-28T12:00:00.000Z' },
        ...{ engine: 'postgres', version: 150018, bytes: set(28).bytes, databases: ['speedtest'], rows: 52_110 },
        ...{ asOf: set(28).started, readBy: [] },
      },
    ]);
  });

  it('is made once: again is nothing to do, for another backup it is refused', async () => {
    await create('golden', set(27).id);
    expect(await create('golden', set(27).id)).toMatchObject({ status: 'nothing-to-do' });
    expect(await create('golden')).toMatchObject({ status: 'nothing-to-do' });
    await expect(create('golden', set(28).id)).rejects.toMatchObject({ code: 'IMAGE_EXISTS', exitCode: 3 });
    expect(existsSync(pin(set(28).id))).toBe(false);
    await expect(create('silver', '000099-20261128T023000Z')).rejects.toMatchObject({ code: 'BACKUP_NOT_FOUND' });
  });

  it.each(['Golden', 'a b', '-a', 'a-', 'a/b', '../a', 'a\nb', '', 'x'.repeat(64)])(
    'refuses the name %j before anything is done',
    async (name) => {
      await expect(create(name)).rejects.toMatchObject({ code: 'NAME_UNSAFE', exitCode: 64 });
      expect(world.scripts).toEqual([]);
    },
  );

  it('shows what is in it', async () => {
    await create('golden');
    const shown = await showImage(world.deps, 'golden');
    requireDocument(JSON.parse(JSON.stringify(shown)));
    expect(shown.details).toEqual({ extensions: ['pgcrypto'], roles: ['"a b"', 'postgres'], copies: ['b2'] });
    await expect(showImage(world.deps, 'goldne')).rejects.toMatchObject({
      ...{ code: 'IMAGE_NOT_FOUND', details: ['did you mean golden?'] },
    });
  });

  it('is removed after a question, and not while it is being restored', async () => {
    await create('golden');
    writeFileSync(pin(set(28).id), `${readFileSync(pin(set(28).id), 'utf8')}run 20261128-120000-abcd\n`);
    const asked: string[] = [];
    await expect(remove('golden', asked)).rejects.toMatchObject({ code: 'IMAGE_IN_USE', exitCode: 3 });
    expect(asked).toEqual([]);
    expect((await listImages(world.deps)).images[0]?.readBy).toEqual(['20261128-120000-abcd']);
    writeFileSync(pin(set(28).id), 'image golden 2026-11-28T12:00:00.000Z\npin\n');
    await remove('golden', asked);
    expect(asked.join()).toContain(set(28).id);
    expect(readFileSync(pin(set(28).id), 'utf8')).toBe('pin\n');
    await expect(remove('golden')).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
  });

  it('keeps its backup from being unpinned', async () => {
    await create('golden');
    world.put('speedtest', catalog([set(27), set(28, { pinned: true })]));
    const unpin = pinBackup(world.deps, { service: 'speedtest', id: set(28).id, pin: false });
    await expect(unpin).rejects.toMatchObject({ code: 'IMAGE_IN_USE', next: 'dbctl image rm golden' });
    expect(existsSync(pin(set(28).id))).toBe(true);
  });
});
