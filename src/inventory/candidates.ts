import { posix } from 'node:path';

export const INVENTORY_NAMES = ['dbctl.yaml', 'dbctl.yml'] as const;

/** Where an inventory may be, nearest folder first; the caller takes the first that exists. */
export const inventoryCandidates = (cwd: string): string[] =>
  foldersUpward(posix.resolve(cwd)).flatMap((folder) => INVENTORY_NAMES.map((name) => posix.join(folder, name)));

const foldersUpward = (folder: string): string[] => {
  const parent = posix.dirname(folder);
  return parent === folder ? [folder] : [folder, ...foldersUpward(parent)];
};
