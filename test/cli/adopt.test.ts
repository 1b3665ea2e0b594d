import { describe, expect, it } from 'vitest';
import { buildProgram } from '../../src/cli/program.js';
import { loadHcl } from '../../src/render/index.js';
import type { AdoptReport } from '../../src/report/adopt-report.js';
import { cliDeps } from '../support/cli-deps.js';

const job = (env: string): string =>
  `job "web" {\n  group "web" {\n    network {\n      mode = "bridge"\n    }\n    task "web" {\n      driver = "docker"\n      config {\n        image = "example/web:1"\n      }\n      env {\n        ${env}\n      }\n    }\n  }\n}\n`;
const FILES = {
  'web.hcl': job('DATABASE_URL = "postgres://web:open-sesame@10.0.0.9/web"'),
  'arg.hcl': job('WEB_DB = "10.0.0.9:5432"'),
  'plain.hcl': job('WEB_CACHE = "10.0.0.9:6379"'),
  'no.hcl': 'job "x" {',
};

async function run(...args: string[]): Promise<{ out: string; code: number | undefined; disk: Map<string, string> }> {
  const disk = new Map<string, string>(Object.entries(FILES));
  const files = {
    read: (path: string) => Promise.resolve(disk.get(path)),
    write: (path: string, text: string) => Promise.resolve(void disk.set(path, text)),
  };
  const out: string[] = [];
  let code: number | undefined;
  const deps = cliDeps({
    out: (text) => void out.push(text),
    local: () => Promise.resolve({ files, hcl: loadHcl, inventory: undefined }),
    setExitCode: (value) => {
      code = value;
    },
  });
  await buildProgram(deps).parseAsync(['node', 'dbctl', 'adopt', ...args]);
  return { out: out.join(''), code, disk };
}

describe('dbctl adopt', () => {
  it('shows what it would change, hides passwords and writes nothing', async () => {
    const { out, code, disk } = await run('web.hcl');
    expect(out).toContain('patched  web.hcl: database web leaves 10.0.0.9');
    expect(out).toMatch(/\+ {8}DATABASE_URL = "postgres:\/\/web:\[secret\]@127\.0\.0\.1:5432\/web"/);
    expect(out).toMatch(/\+ … \d{3} lines/);
    expect(out).not.toContain('open-sesame');
    expect([code, disk.get('web.hcl')]).toEqual([0, FILES['web.hcl']]);
  });

  it('writes with --write, and --undo takes it out', async () => {
    const { out, disk } = await run('web.hcl', '--write', '--json');
    const report = JSON.parse(out) as AdoptReport;
    expect([report.mode, report.files[0]?.change?.written]).toEqual(['write', true]);
    expect(disk.get('web.hcl')).toContain('postgres://web:open-sesame@127.0.0.1:5432/web');
  });

  it('tells by its exit code what a person has to do', async () => {
    expect((await run('plain.hcl')).code).toBe(0);
    expect((await run('arg.hcl')).code).toBe(3);
    expect((await run('arg.hcl', '--setting', 'WEB_DB=host:port')).code).toBe(3);
    expect((await run('no.hcl', 'web.hcl')).code).toBe(64);
    const told = await run('arg.hcl', '--setting', 'WEB_DB=host:port', '--database', 'web', '--role', 'web');
    expect([told.code, told.out.includes('WEB_DB 10.0.0.9:5432 → 127.0.0.1:5432')]).toEqual([0, true]);
  });

  it('refuses what it cannot mean', async () => {
    await expect(run('web.hcl', 'web.hcl')).rejects.toThrow(/named twice/);
    await expect(run('gone.hcl')).rejects.toThrow(/no such file/);
    await expect(run('web.hcl', '--setting', 'X=colour')).rejects.toThrow(/expected KEY=role/);
    await expect(run('web.hcl', '--app', 'nothing')).rejects.toThrow(/preset/);
  });
});
