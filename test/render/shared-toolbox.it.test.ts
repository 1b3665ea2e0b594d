import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { programs } from '../../src/engines/postgres/scripts.js';
import { renderTemplate } from '../../src/render/handlebars.js';
import { readBackupTemplate } from '../../src/render/templates.js';

const top = mkdtempSync(join(tmpdir(), 'dbctl-shared-toolbox-'));
afterAll(() => rmSync(top, { recursive: true, force: true }));

const SHELLS = [
  { name: 'dash', shell: ['/bin/sh'] },
  ...(existsSync('/usr/bin/busybox') ? [{ name: 'busybox', shell: ['/usr/bin/busybox', 'sh'] }] : []),
];

/** Starts the task's script, waits until it says something or runs the schedule, then ends it as Nomad would. */
async function run(
  name: string,
  shell: readonly string[],
  damage: (dir: string) => void,
): Promise<{ out: string; code: unknown }> {
  const dir = join(top, name);
  const { sha, files } = programs();
  const told = join(dir, 'programs', sha);
  mkdirSync(told, { recursive: true });
  mkdirSync(join(dir, 'alloc'));
  for (const file of files) writeFileSync(join(told, file.name), file.text);
  damage(told);
  const script = join(dir, 'toolbox.sh');
  writeFileSync(script, renderTemplate(readBackupTemplate('shared-toolbox.sh'), { dir, programs: sha }));
  writeFileSync(join(dir, 'backup.env'), `SERVICE_DIR='${dir}'\nSCHEDULE=''\nZONE='UTC'\n`);
  const env = { PATH: process.env['PATH'], NOMAD_ALLOC_DIR: join(dir, 'alloc'), NOMAD_TASK_DIR: dir, EVERY: '1' };
  const [program = '', ...args] = shell;
  const child = spawn(program, [...args, script], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const seen: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => seen.push(String(data)));
  const ended = new Promise((resolve) => child.on('close', resolve));
  await expect
    .poll(() => seen.length > 0 || existsSync(join(dir, 'alloc/dbctl/schedule/lib.sh')), { timeout: 10_000 })
    .toBe(true);
  child.kill('SIGTERM');
  return { code: await ended, out: seen.join('') };
}

describe.each(SHELLS)("the shared instance's toolbox, under $name", ({ name, shell }) => {
  it('runs the schedule of the programs that the job names, and ends at once when it is told to', async () => {
    const { code, out } = await run(`whole-${name}`, shell, () => undefined);
    expect(code).toBe(0);
    expect(out).not.toContain('missing or damaged');
    expect(readFileSync(join(top, `whole-${name}`, 'alloc/dbctl/programs.sums'), 'utf8')).toContain('  shared.sh\n');
  });

  it.each([
    ['changed', (dir: string) => writeFileSync(join(dir, 'lib.sh'), 'echo other\n')],
    ['incomplete', (dir: string) => rmSync(join(dir, 'run.sh'))],
    ['more', (dir: string) => writeFileSync(join(dir, 'zz.sh'), '')],
  ])('runs nothing of programs that are %s, and says what to do', async (word, damage) => {
    const { code, out } = await run(`${word}-${name}`, shell, damage);
    expect(code).toBe(0);
    expect(out).toContain('dbctl backup-all puts them back');
    expect(existsSync(join(top, `${word}-${name}`, 'alloc/dbctl/schedule'))).toBe(false);
  });
});
