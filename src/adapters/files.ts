import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DbctlError, isDbctlError } from '../errors/dbctl-error.js';
import type { FilesPort } from '../ports/files.js';
import { writeArchive } from './archive.js';

/** Files of the operator's machine. A missing file reads as `undefined`; what is no folder lists as empty. */
export const localFiles = (): FilesPort => ({
  read: (path) => readFile(path, 'utf8').catch(whenAbsent(path, undefined)),
  write: (path, text, mode) => writeAtomically(path, text, mode).catch(unwritable(path)),
  remove: (path) => rm(path, { force: true }),
  list: async (dir) => (await readdir(dir).catch(whenAbsent<string[]>(dir, []))).sort(),
  writeArchive: (path, entries) => writeArchive(path, entries).catch(unwritable(path)),
});

async function writeAtomically(path: string, text: string, mode = 0o644): Promise<void> {
  // A private file in a world-readable folder still shows its name and time: private parents for private files.
  await mkdir(dirname(path), { recursive: true, mode: mode & 0o077 ? 0o755 : 0o700 });
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await writeSynced(temporary, text, mode);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

async function writeSynced(path: string, text: string, mode: number): Promise<void> {
  const file = await open(path, 'wx', mode);
  try {
    await file.chmod(mode);
    await file.writeFile(text, 'utf8');
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Without this a rename can be forgotten by a power cut although the file itself was synced. */
async function syncFolder(dir: string): Promise<void> {
  const handle = await open(dir, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const whenAbsent =
  <T>(path: string, value: T) =>
  (error: NodeJS.ErrnoException): T => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return value;
    throw new DbctlError('FILE_UNREADABLE', `cannot be read: ${REASONS[error.code ?? ''] ?? error.code ?? 'unknown'}`, {
      where: path,
      next: `ls -l ${path}; correct the path, or give yourself the right to read it`,
    });
  };

const unwritable =
  (path: string) =>
  (error: NodeJS.ErrnoException): never => {
    if (isDbctlError(error)) throw error;
    throw new DbctlError(
      'FILE_UNWRITABLE',
      `cannot be written: ${REASONS[error.code ?? ''] ?? error.code ?? 'unknown'}`,
      {
        where: path,
        next: `ls -ld ${dirname(path)}; df -h ${dirname(path)}`,
      },
    );
  };

const REASONS: Readonly<Record<string, string>> = {
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is not a folder',
  EEXIST: 'a part of the path is not a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
};
