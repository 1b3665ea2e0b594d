import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LogsReport } from '../../src/report/logs-report.js';
import type { PsqlReport } from '../../src/report/psql-report.js';
import type { ServiceStatusReport, StatusReport } from '../../src/report/status-report.js';
import { Canary } from '../support/canary.js';
import { expectOk, expectRefused, explain } from './expectations.js';
import { LabWorld, type Run } from './lab-world.js';

const ENTRY = join(import.meta.dirname, '../../bin/dbctl.mjs');
const said = <T>(run: Run): T => JSON.parse(run.stdout) as T;

let world: LabWorld;
let out: string;

beforeAll(async () => {
  world = await LabWorld.up('e2e-status', { scale: 3 });
  out = mkdtempSync(join(tmpdir(), 'dbctl-status-'));
  await expectOnShared();
  expectOk(await world.move('migrate', '--no-rehearse'));
});
afterAll(async () => {
  await world?.down();
  rmSync(out, { recursive: true, force: true });
});

/** What is true before the move only. */
async function expectOnShared(): Promise<void> {
  const [row] = said<StatusReport>(await world.dbctl('status', '--json')).services;
  expect(row).toMatchObject({ service: 'speedtest', where: { on: 'shared', job: 'postgresql' }, state: 'warn' });
  const run = await world.dbctl('psql', 'speedtest', '--', '-At', '-c', 'select current_database(), current_user');
  expect(run.stdout.trim(), explain(run)).toBe('speedtest|speedtest');
  expectRefused(await world.dbctl('psql', 'speedtest', '--database', 'grafana', '--json'), 3, 'DATABASE_NOT_FOUND');
}

describe('status', () => {
  it('has a row for every service, from the real servers, and knows what is left on the shared one', async () => {
    const run = await world.dbctl('status', '--json');
    const report = said<StatusReport>(run);
    const row = report.services.find(({ service }) => service === 'speedtest');
    expect(row, explain(run)).toMatchObject({ where: { on: 'dedicated', job: 'speedtest' } });
    expect(row?.bytes).toBeGreaterThan(1_000_000);
    expect(row?.version).toBeGreaterThan(90_000);
    expect(report.shared.keptAside).toHaveLength(1);
    expect(report.shared.orphans.map(({ name }) => name)).toContain('gitea');
    expect((await world.dbctl('status')).stdout).toMatch(/speedtest +own :\d+ +\d+\.\d+/);
  });

  it('has everything of one service on a page', async () => {
    const page = said<ServiceStatusReport>(await world.dbctl('status', 'speedtest', '--json'));
    expect(page.undo).toMatchObject({ command: 'dbctl rollback speedtest', kept: [expect.stringContaining('__old_')] });
    expect(page.server?.maxConnections).toBeGreaterThan(0);
    expect(page.volumes.map(({ name }) => name)).toEqual(['speedtest_postgres_data', 'db-backups']);
  });

  it('is refused to be watched off a terminal', async () => {
    const run = await world.dbctl('status', '--watch');
    expect({ code: run.code, stdout: run.stdout }).toEqual({ code: 64, stdout: '' });
  });
});

interface Keys {
  readonly keys: string;
  /** What has to be seen, since the keys before, until these are typed. */
  readonly until: RegExp;
}

/** A person's pause: a key that comes while the shell is still at the line before would be taken for part of it. */
const PAUSE_MS = 1_000;

/** dbctl as a person has it: on a terminal of its own, with what is typed once the screen shows that it may be. */
const typed = (args: string, steps: readonly Keys[]): Promise<{ code: number | null; text: string }> =>
  new Promise((resolve) => {
    const env = { ...process.env, ...world.environment, TERM: 'xterm' };
    const command = `stty rows 40 cols 120; exec ${process.execPath} ${ENTRY} ${args}`;
    const child = spawn('script', ['-qec', command, '/dev/null'], { env, stdio: ['pipe', 'pipe', 'ignore'] });
    const timer = setTimeout(() => child.kill('SIGKILL'), 120_000);
    const left = [...steps];
    let text = '';
    let since = 0;
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      const next = left[0];
      if (!next?.until.test(text.slice(since))) return;
      left.shift();
      since = text.length;
      setTimeout(() => child.stdin.write(next.keys), PAUSE_MS);
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, text });
    });
  });

describe('psql', () => {
  it('works on a real terminal: role, size of the window, Ctrl-C, exit code', async () => {
    const { code, text } = await typed('psql speedtest', [
      { until: /=> $/, keys: 'select current_user, 6*7 as n;\r' },
      { until: /42[\s\S]*=> $/, keys: '\\! stty size\r' },
      { until: /40 120[\s\S]*=> $/, keys: 'select pg_sleep(60);\r' },
      { until: /pg_sleep\(60\);/, keys: '\u0003' },
      { until: /canceling statement[\s\S]*=> $/, keys: '\\q\r' },
    ]);
    expect(text).toMatch(/speedtest +\| +42/);
    expect(text).toContain('canceling statement due to user request');
    expect(code).toBe(0);
    const ended = await typed('psql speedtest --command "select 1/0"', []);
    expect(ended.text).toContain('division by zero');
    expect(ended.code).toBe(1);
  });

  it('gives output whole and its exit code without a terminal, as the role or the superuser', async () => {
    const sql = 'select n, repeat(md5(n::text), 20) from generate_series(1, 3000) n';
    const run = await world.dbctl('psql', 'speedtest', '--json', '--', '-At', '-c', sql);
    const report = said<PsqlReport>(run);
    expect(report.stdout.trimEnd().split('\n')).toHaveLength(3000);
    const user = async (...more: string[]): Promise<string> =>
      (await world.dbctl('psql', 'speedtest', ...more, '--', '-At', '-c', 'select current_user')).stdout.trim();
    expect([await user(), await user('--admin')]).toEqual(['speedtest', 'postgres']);
    const failed = await world.dbctl('psql', 'speedtest', '--command', 'select 1/0');
    expect({ code: failed.code, stderr: failed.stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/division/),
    });
  });
});

describe('logs, report and debug', () => {
  it("show the server's log, and follow it", async () => {
    const report = said<LogsReport>(await world.dbctl('logs', 'speedtest', '--json'));
    expect(report.streams.flatMap(({ lines }) => lines).join('\n')).toContain('ready to accept connections');
    const running = world.start('logs', 'speedtest', '--follow', '--lines', '200');
    for (let left = 200; left > 0 && !running.stdout.includes('ready to accept'); left--)
      await new Promise((resolve) => setTimeout(resolve, 100));
    expect(running.stdout).toContain('ready to accept connections');
    running.signal('SIGINT');
    expect(await running.ended).toBe(0);
  });

  it('write a page with the evidence of the move', async () => {
    const page = join(out, 'report.html');
    const run = await world.dbctl('report', '--out', page);
    expect(run.code, explain(run)).toBe(0);
    const html = readFileSync(page, 'utf8');
    expect(html).toMatch(/speedtest: moved to a database of its own[\s\S]*public\.results/);
    expect(html).not.toMatch(/<script|https?:/);
  });

  it('pack a bundle that is private and has no secret of the lab in it', async () => {
    const file = join(out, 'debug.tar.gz');
    const run = await world.dbctl('debug', '--out', file, '--json');
    expect(run.code, explain(run)).toBe(0);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const canary = new Canary();
    canary.add('vault token', world.lab.vaultToken.reveal());
    for (const path of ['postgres/speedtest', 'postgres/admin']) canary.add(path, await world.secret(path));
    execFileSync('tar', ['-xzf', file, '-C', out]);
    expect(canary.inFiles(out)).toEqual([]);
    expect(readFileSync(join(out, 'jobs/speedtest.json'), 'utf8')).toContain('environmentKeys');
    expect(canary.in('stderr', run.stderr)).toEqual([]);
  });
});
