import { beforeEach, describe, expect, it } from 'vitest';
import { buildProgram } from '../../src/cli/program.js';
import type { Terminal } from '../../src/ports/terminal.js';
import { fakeFiles } from '../fakes/fake-files.js';
import { cliDeps, unused } from '../support/cli-deps.js';
import { catalog, set } from '../usecases/backup-world.js';
import { examining, type StatusWorld, statusWorld } from '../usecases/status/status-world.js';

let world: StatusWorld;
let out: string[];
let err: string[];
let code: number;
let files: ReturnType<typeof fakeFiles>;
let terminal: Terminal | undefined;
let stop: AbortController;

const run = async (...args: string[]): Promise<string> => {
  const deps = cliDeps({
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
    open: async () => ({ ...world.deps, files, signal: stop.signal }),
    examine: async () => examining({ ...world.deps, files, signal: stop.signal }),
    ...(terminal ? { terminal } : {}),
    setExitCode: (value) => {
      code = value;
    },
  });
  await buildProgram(deps).parseAsync(['node', 'dbctl', ...args]);
  return out.join('');
};

const piped = (more: Partial<Terminal> = {}): Terminal => ({
  ...{ input: false, screen: false, kind: 'dumb', size: () => ({ columns: 80, rows: 24 }) },
  ...{ onResize: () => () => undefined, read: () => unused, write: async (_, bytes) => void out.push(String(bytes)) },
  ...more,
});

beforeEach(() => {
  world = statusWorld();
  world.put('speedtest', catalog([set(28)]));
  files = fakeFiles();
  terminal = piped();
  [out, err, code, stop] = [[], [], 0, new AbortController()];
});

describe('dbctl status', () => {
  it('is a table, a page or a document, and ends with 2 only when it is asked for', async () => {
    expect(await run('status')).toContain('Shared server postgresql');
    expect(code).toBe(0);
    await run('status', '--detailed-exitcode', '--json');
    expect(code).toBe(2);
    expect(JSON.parse(out[1] ?? '')).toMatchObject({ schema: 'dbctl.status/1' });
    out = [];
    expect(await run('status', 'speedtest')).toContain('a database of its own');
  });

  it('is drawn again and again on a screen only, until the operator ends it', async () => {
    await expect(run('status', '--watch')).rejects.toMatchObject({ code: 'USAGE' });
    terminal = piped({ screen: true });
    const clock = world.deps.clock;
    let rounds = 0;
    const sleep = async (): Promise<void> => {
      rounds += 1;
      if (rounds === 3) stop.abort();
    };
    world = { ...world, deps: { ...world.deps, clock: { ...clock, sleep } } };
    await run('status', '--watch', '--interval', '5');
    expect(out).toHaveLength(3);
    expect(out[0]?.startsWith('\u001b[H')).toBe(true);
    expect(code).toBe(0);
  });
});

describe('dbctl report', () => {
  it('writes one page, and with --json prints what is in it', async () => {
    await run('report', '--out', '/there/report.html');
    expect(await files.read('/there/report.html')).toMatch(/^<!doctype html>[\s\S]*speedtest[\s\S]*<\/html>\n$/);
    out = [];
    expect(JSON.parse(await run('report', '--json'))).toMatchObject({ schema: 'dbctl.report/1', runs: [] });
  });

  it('shows runs from beside dbctl.yaml, and names files that are none', async () => {
    const saved = {
      service: 'speedtest',
      run: '20261101-120000-aaaa',
      status: 'ok',
      downtimeSeconds: 3,
      evidence: null,
    };
    const dir = '/home/migrations-plan/speedtest';
    files = fakeFiles({ [`${dir}/a/migrate.json`]: JSON.stringify(saved), [`${dir}/b/rollback.json`]: '{"service":' });
    const document = JSON.parse(await run('report', '--json')) as { runs: object[]; unreadable: string[] };
    expect(document.runs).toMatchObject([{ kind: 'migrate', run: saved.run }]);
    expect(document.unreadable).toEqual([`${dir}/b/rollback.json`]);
  });
});

describe('dbctl debug', () => {
  it('tells the files before it packs them', async () => {
    const text = await run('debug', '--out', '/there/x.tar.gz');
    expect(err.join('')).toMatch(/files will be in it[\s\S]*journals\/speedtest\.json/);
    expect(files.archives.get('/there/x.tar.gz')?.[0]?.name).toBe('README.txt');
    expect(text).toContain('look through it');
  });
});

describe('dbctl psql', () => {
  it('hands on what psql says and how it ends', async () => {
    world.nomad.allocs.onExec = ({ until = '' }) => {
      const nonce = until.replace(/ (stored|end)$/, '');
      const said = until.endsWith('stored') ? `\n${until}\n` : `2\n\n${nonce} 1\n\n${nonce} end\n`;
      return { kind: 'exited', code: 0, stdout: said, stderr: '' };
    };
    expect(await run('psql', 'speedtest', '--command', 'select 2')).toBe('2\n');
    expect(code).toBe(1);
    out = [];
    const document = JSON.parse(await run('psql', 'speedtest', '--json', '--', '-At', '-c', 'select 2')) as object;
    expect(document).toMatchObject({ schema: 'dbctl.psql/1', exitCode: 1, role: 'speedtest', stdout: '2\n' });
  });

  it('that loses its terminal is of unknown outcome', async () => {
    terminal = piped({ input: true, screen: true });
    world.nomad.allocs.onAttach = () => ({ kind: 'lost', reason: 'closed with 1006' });
    await expect(run('psql', 'speedtest')).rejects.toMatchObject({ code: 'EXEC_UNKNOWN' });
    expect(err.join('')).toContain('as role speedtest');
  });
});
