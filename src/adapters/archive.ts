import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { create } from 'tar';
import type { ArchiveEntry } from '../ports/files.js';

const PRIVATE = 0o600;

/** A tar.gz that only its owner may read, in one rename; who packed it and on which machine is not in it. Returns its bytes. */
export async function writeArchive(path: string, entries: readonly ArchiveEntry[]): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'dbctl-archive-'));
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    for (const { name, text } of entries) {
      await mkdir(dirname(join(folder, name)), { recursive: true, mode: 0o700 });
      await writeFile(join(folder, name), text, { mode: PRIVATE });
    }
    await mkdir(dirname(path), { recursive: true });
    // Made before tar fills it, so that nobody can read it meanwhile.
    await writeFile(temporary, '', { mode: PRIVATE, flag: 'wx' });
    await create({ file: temporary, cwd: folder, gzip: true, portable: true, mode: PRIVATE }, namesOf(entries));
    await chmod(temporary, PRIVATE);
    await rename(temporary, path);
    return (await stat(path)).size;
  } finally {
    await rm(folder, { recursive: true, force: true });
    await rm(temporary, { force: true });
  }
}

const namesOf = (entries: readonly ArchiveEntry[]): string[] => entries.map(({ name }) => name);
