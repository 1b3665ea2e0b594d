import type { ArchiveEntry, FilesPort } from '../../src/ports/files.js';

export interface FakeFiles extends FilesPort {
  readonly texts: Map<string, { text: string; mode: number }>;
  readonly archives: Map<string, readonly ArchiveEntry[]>;
}

export function fakeFiles(initial: Readonly<Record<string, string>> = {}): FakeFiles {
  const texts = new Map(Object.entries(initial).map(([path, text]) => [path, { text, mode: 0o644 }]));
  const archives: FakeFiles['archives'] = new Map();
  return {
    texts,
    archives,
    read: async (path) => texts.get(path)?.text,
    write: async (path, text, mode = 0o644) => {
      texts.set(path, { text, mode });
    },
    remove: async (path) => {
      texts.delete(path);
    },
    list: async (dir) => {
      const below = [...texts.keys()]
        .filter((path) => path.startsWith(`${dir}/`))
        .map((path) => path.slice(dir.length + 1));
      return [...new Set(below.map((path) => path.split('/')[0] ?? ''))].sort();
    },
    writeArchive: async (path, entries) => {
      archives.set(path, entries);
      return entries.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
    },
  };
}
