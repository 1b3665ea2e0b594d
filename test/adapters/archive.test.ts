import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { localFiles } from '../../src/adapters/files.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'dbctl-archive-test-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const ENTRIES = [
  { name: 'README.txt', text: 'é\n' },
  { name: 'jobs/speedtest.json', text: '{}\n' },
];

describe('an archive', () => {
  it('holds every file with its text, is its owner’s alone, and leaves nothing else behind', async () => {
    const path = join(dir, 'below', 'x.tar.gz');
    const bytes = await localFiles().writeArchive(path, ENTRIES);
    const stat = statSync(path);
    expect({ mode: stat.mode & 0o777, bytes: stat.size }).toEqual({ mode: 0o600, bytes });
    expect(readdirSync(join(dir, 'below'))).toEqual(['x.tar.gz']);
    execFileSync('tar', ['-xzf', path, '-C', dir]);
    for (const { name, text } of ENTRIES) expect(readFileSync(join(dir, name), 'utf8')).toBe(text);
  });

  it('replaces one that is there in one rename, whoever could read that', async () => {
    const path = join(dir, 'x.tar.gz');
    writeFileSync(path, 'older', { mode: 0o644 });
    await localFiles().writeArchive(path, ENTRIES);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('that cannot be written is an error with its path', async () => {
    writeFileSync(join(dir, 'file'), '');
    const writing = localFiles().writeArchive(join(dir, 'file', 'x.tar.gz'), ENTRIES);
    await expect(writing).rejects.toMatchObject({ code: 'FILE_UNWRITABLE', where: join(dir, 'file', 'x.tar.gz') });
    expect(readdirSync(dir)).toEqual(['file']);
  });
});
