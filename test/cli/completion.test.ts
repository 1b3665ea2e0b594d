import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { candidates } from '../../src/cli/completion/candidates.js';
import { COMPLETIONS } from '../../src/cli/completion/shells.js';
import { buildProgram } from '../../src/cli/program.js';
import { DbctlError } from '../../src/errors/dbctl-error.js';
import { cliDeps } from '../support/cli-deps.js';

const out: string[] = [];
const deps = cliDeps({
  out: (text) => void out.push(text),
  inventory: () => Promise.reject(new DbctlError('INVENTORY_NOT_FOUND', 'no dbctl.yaml was found')),
});
const SERVICES = ['speedtest', 'gitea', 'speed-two'];
const words = (...typed: string[]): string[] | 'files' => {
  const found = candidates(buildProgram(deps), typed, SERVICES);
  return found === 'files' ? found : found.map(({ word }) => word);
};

describe('what may come next', () => {
  it('is a command at first, and nothing that help hides', () => {
    expect(words('')).toEqual(expect.arrayContaining(['status', 'migrate', 'lab']));
    expect(words('')).not.toContain('complete');
    expect(words('mig')).toEqual(['migrate']);
  });

  it('is a service where the command takes one, once', () => {
    expect(words('status', '')).toEqual(SERVICES);
    expect(words('migrate', 'speed')).toEqual(['speedtest', 'speed-two']);
    expect(words('status', 'speedtest', '')).toEqual([]);
    expect(words('backups', 'g')).toEqual(['gitea']);
    expect(words('backups', 'pin', '')).toEqual(SERVICES);
  });

  it('is a flag after a dash, each once, and a value after a flag that takes one', () => {
    expect(words('status', '--w')).toEqual(['--watch']);
    expect(words('status', '--watch', '--w')).toEqual([]);
    expect(words('lab', 'up', '--driver', '')).toEqual(['exec', 'docker']);
    expect(words('status', '--config', '')).toBe('files');
    expect(words('status', '--config', 'a.yaml', '')).toEqual(SERVICES);
    expect(words('status', '--interval', '')).toEqual([]);
  });

  it('is a choice where there are some, and the shell decides after --', () => {
    expect(words('completion', '')).toEqual(['bash', 'zsh', 'fish']);
    expect(words('psql', 'speedtest', '--', '-f', '')).toBe('files');
  });

  it('is told without services where there is no inventory', async () => {
    out.length = 0;
    await buildProgram(deps).parseAsync(['node', 'dbctl', 'complete', '--', 'status', '']);
    await buildProgram(deps).parseAsync(['node', 'dbctl', 'complete', '--', 'completion', 'z']);
    expect(out).toEqual(['zsh\t\n']);
  });
});

describe('the script for bash', () => {
  const home = mkdtempSync(join(tmpdir(), 'dbctl-completion-'));
  beforeAll(() => {
    const stub = join(home, 'dbctl');
    writeFileSync(
      stub,
      `#!/bin/sh\nshift 2\nprintf '%s|' "$@" >"${home}/asked"\nprintf 'speedtest\\tservice\\nspeed two\\t\\n'\n`,
    );
    chmodSync(stub, 0o755);
  });
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  it('asks with the words as they are typed and offers each answer as one word', () => {
    const script = `${COMPLETIONS.bash}
COMP_WORDS=(dbctl status sp); COMP_CWORD=2
_dbctl
printf '%s\\n' "\${COMPREPLY[@]}"
cat "${home}/asked"`;
    const env = { ...process.env, PATH: `${home}:${process.env['PATH'] ?? ''}` };
    const said = execFileSync('bash', ['--norc', '-c', script], { env, encoding: 'utf8' });
    expect(said).toBe('speedtest\nspeed\\ two\nstatus|sp|');
  });

  it('works in fish as well, where it is there', () => {
    writeFileSync(join(home, 'dbctl.fish'), COMPLETIONS.fish);
    const env = { ...process.env, HOME: home, PATH: `${home}:${process.env['PATH'] ?? ''}` };
    const script = `source ${join(home, 'dbctl.fish')}; complete -C 'dbctl status sp'`;
    try {
      const said = execFileSync('fish', ['--no-config', '-c', script], { env, encoding: 'utf8' });
      expect(said).toContain('speedtest\tservice\n');
    } catch (error) {
      expect((error as NodeJS.ErrnoException).code, String(error)).toBe('ENOENT');
    }
  });

  it.each(['bash', 'zsh', 'fish'] as const)('and that for %s is one the shell can read, where it is there', (shell) => {
    const file = join(home, shell);
    writeFileSync(file, COMPLETIONS[shell]);
    try {
      execFileSync(shell, ['-n', file], { stdio: 'pipe' });
    } catch (error) {
      expect((error as NodeJS.ErrnoException).code, String(error)).toBe('ENOENT');
    }
  });
});
