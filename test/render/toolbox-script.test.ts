import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseCatalog } from '../../src/dataplane/read-catalog.js';
import { programs } from '../../src/engines/postgres/scripts.js';
import { renderScripts } from '../../src/render/part-scripts.js';
import { offsiteBackup, samplePart } from './sample-part.js';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'dbctl-toolbox-'));
});
afterEach(() => rmSync(root, { recursive: true }));

/** The real programs with a schedule that only says that it was started. */
const STUB = 'echo started >>"$NOMAD_ALLOC_DIR/schedule"\n';
const files = () => [
  ...programs().files.filter(({ name }) => name !== 'schedule.sh'),
  { name: 'schedule.sh', text: STUB },
];

const put = (sha: string): void => {
  const dir = join(root, 'backups', 'speedtest', 'programs', sha);
  mkdirSync(dir, { recursive: true });
  for (const { name, text } of files()) writeFileSync(join(dir, name), text);
};

const shaOf = async (): Promise<string> => {
  const { createHash } = await import('node:crypto');
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
  const sorted = files().toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return sha256(sorted.map(({ name, text }) => `${sha256(text)}  ${name}\n`).join('')).slice(0, 12);
};

/** Runs the task's script until it has shown one of the two things, and ends it as Nomad does. */
async function run(pinned: string): Promise<{ exit: number | null; started: boolean; catalog: string | undefined }> {
  const { toolbox } = renderScripts(samplePart({ backup: { ...offsiteBackup, programs: pinned } }));
  writeFileSync(join(root, 'toolbox.sh'), toolbox.replaceAll("'/backups/", `'${root}/backups/`));
  const child = spawn('sh', [join(root, 'toolbox.sh')], { env: { PATH: process.env['PATH'], NOMAD_ALLOC_DIR: root } });
  const started = join(root, 'schedule');
  const catalog = join(root, 'dbctl', 'backups', 'catalog.json');
  for (let left = 200; left > 0 && !existsSync(started) && !existsSync(catalog); left--) await sleep(50);
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
  child.kill('SIGTERM');
  return {
    exit: await ended,
    started: existsSync(started),
    catalog: existsSync(catalog) ? readFileSync(catalog, 'utf8') : undefined,
  };
}

describe("the toolbox's script", () => {
  it('runs the programs that the job names, and ends when it is told to', async () => {
    const sha = await shaOf();
    put(sha);
    expect(await run(sha)).toEqual({ exit: 0, started: true, catalog: undefined });
  });

  it('runs none that were changed, and says in the catalog what to do', async () => {
    const sha = await shaOf();
    put(sha);
    writeFileSync(join(root, 'backups', 'speedtest', 'programs', sha, 'lib.sh'), 'echo other\n');
    const { exit, started, catalog } = await run(sha);
    expect([exit, started]).toEqual([0, false]);
    expect(parseCatalog(catalog ?? '', 'test').problem).toContain('dbctl backup speedtest');
  });

  it('says so too when there are none', async () => {
    const { started, catalog } = await run(await shaOf());
    expect(started).toBe(false);
    expect(parseCatalog(catalog ?? '', 'test')).toMatchObject({ service: 'speedtest', schedule: null, sets: [] });
  });
});
