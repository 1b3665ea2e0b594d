import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { programs } from '../../../src/engines/postgres/scripts.js';

it('the programs are named by the sum that sha256sum gives in their folder', () => {
  const dir = mkdtempSync(join(tmpdir(), 'dbctl-programs-'));
  try {
    const { sha, files } = programs();
    for (const { name, text } of files) writeFileSync(join(dir, name), text);
    const told = execFileSync('sh', ['-c', 'LC_ALL=C sha256sum * | sha256sum'], { cwd: dir, encoding: 'utf8' });
    expect(told.slice(0, 12)).toBe(sha);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
