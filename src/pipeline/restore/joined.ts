import { posix } from 'node:path';
import type { FoundSet } from './context.js';

/** Sets of one database each, read as one: of the shared instance every database has its own. Roles are those of the first. */
export const joined = (all: FoundSet, one: FoundSet): FoundSet => ({
  ...all,
  databases: [
    ...all.databases,
    ...one.databases.map((database) => ({
      ...database,
      folder: posix.join(posix.relative(all.folder, one.folder), database.folder),
    })),
  ],
});
