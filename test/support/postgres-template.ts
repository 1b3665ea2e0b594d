import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { initdb, postgresDir } from './postgres.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** A data directory to copy: initdb takes seconds on a slow machine. Copies share its system identifier. */
    postgresTemplate: string;
  }
}

export default async function makeTemplate({ provide }: TestProject): Promise<() => void> {
  const dir = postgresDir('dbctl-tpl-');
  await initdb(join(dir, 'd'));
  provide('postgresTemplate', join(dir, 'd'));
  return () => rmSync(dir, { recursive: true, force: true });
}
