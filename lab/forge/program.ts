import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { buildTool, copyModuleFolders, TOOLS } from '../binaries.js';
import type { Say } from '../handle.js';
import { cacheRoot } from '../locate.js';

/** What Gitea reads from its static root when it is built without the `bindata` tag; its web pages' scripts are not in the module. */
const FOLDERS = ['options', 'public', 'templates'];

/** A folder with Gitea as an operator unpacks it: the program and its files. Built once, then taken from the cache. */
export async function giteaProgram(say: Say): Promise<string> {
  const goal = join(cacheRoot(), `gitea-${TOOLS.gitea.version}`);
  if (existsSync(goal)) return goal;
  const draft = `${goal}.${process.pid}.tmp`;
  await mkdir(draft, { recursive: true });
  try {
    await rename(await buildTool('gitea', draft, say), join(draft, 'gitea'));
    await copyModuleFolders('gitea', FOLDERS, draft);
    await rename(draft, goal).catch((error: unknown) => {
      // Another process was quicker: a folder that is there is whole.
      if (!existsSync(goal)) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return goal;
}
