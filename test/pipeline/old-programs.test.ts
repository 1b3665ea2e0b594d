import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { programs } from '../../src/engines/postgres/scripts.js';
import { backupOf } from '../../src/inventory/resolve-backup.js';
import { newJournal } from '../../src/pipeline/journal.js';
import { journalPath } from '../../src/pipeline/journal-store.js';
import { type OldProgramsContext, oldPrograms, removeOldPrograms } from '../../src/pipeline/old-programs.js';
import { toolsPin } from '../../src/plan/backup-part.js';
import { fakeClock } from '../fakes/fake-clock.js';
import { fakeFiles } from '../fakes/fake-files.js';
import { fakeNomad } from '../fakes/fake-nomad.js';

const [NAMED, FREE, IN_FILE, IN_SET, YOUNG] = ['a', 'b', 'c', 'd', 'e'].map((letter) => letter.repeat(12)) as [
  ...[string, string, string, string, string],
];
const [TOOLS_NAMED, TOOLS_FREE] = ['1'.repeat(12), '2'.repeat(12)];
const HOME = '/backups/speedtest';
const toolbox = { allocId: 'alloc', task: 'db-backup' };

describe.each([['dash'], ['busybox', 'sh']])('folders of earlier versions, in %s', (...shell) => {
  let volume: string;
  let nomad: ReturnType<typeof fakeNomad>;
  let ctx: OldProgramsContext;
  const at = (path: string): string => path.replace('/backups', volume);

  /** As the toolbox does it, on a volume that lies elsewhere. */
  const exec: OldProgramsContext['nomad']['exec'] = async ({ argv }) => {
    const [program = '', ...first] = shell;
    const args = argv.slice(1).map((text) => text.replaceAll('/backups', volume));
    const { stdout, stderr, status } = spawnSync(program, [...first, ...args], { input: '', encoding: 'utf8' });
    return { kind: 'exited', code: status ?? 1, stdout: stdout.replaceAll(volume, '/backups'), stderr };
  };

  const folder = (path: string, days: number): void => {
    mkdirSync(at(path), { recursive: true });
    writeFileSync(join(at(path), 'backup.sh'), 'true\n');
    const then = Date.now() / 1000 - days * 86_400;
    utimesSync(at(path), then, then);
  };

  beforeEach(async () => {
    volume = mkdtempSync(join(tmpdir(), 'dbctl-old-programs-'));
    nomad = fakeNomad(fakeClock({ auto: true }));
    const files = fakeFiles();
    await files.write('/home/speedtest.hcl', `programs/${IN_FILE}`);
    const backup = backupOf({}, {}, 'postgres');
    const services = [{ name: 'speedtest', jobspec: 'speedtest.hcl', backup }];
    ctx = { nomad: { ...nomad.port, exec }, files, home: '/home', signal: new AbortController().signal, services };
    for (const pin of [NAMED, FREE, IN_FILE, IN_SET, programs().sha]) folder(`${HOME}/programs/${pin}`, 30);
    folder(`${HOME}/programs/${YOUNG}`, 1);
    folder(`${HOME}/programs/${FREE}.part.7`, 30);
    for (const pin of [TOOLS_NAMED, TOOLS_FREE, toolsPin(backup.tools)]) folder(`/backups/.tools/${pin}`, 30);
    mkdirSync(at(`${HOME}/sets/000001-20261128T023000Z`), { recursive: true });
    writeFileSync(at(`${HOME}/sets/000001-20261128T023000Z/RESTORE.md`), `made by ${IN_SET}\n`);
    // Only an earlier version of the job names them: Nomad can go back to it.
    const task = (text: string) => ({ Name: 'db-backup', Driver: 'exec', Templates: [{ EmbeddedTmpl: text }] });
    const job = (text: string) => ({ ID: 'speedtest', TaskGroups: [{ Name: 'g', Tasks: [task(text)] }] });
    const text = `programs/${NAMED}\nTOOLS=/backups/.tools/${TOOLS_NAMED}`;
    const { jobModifyIndex } = await nomad.port.registerJob(job(text), { enforceIndex: 0 });
    await nomad.port.registerJob(job('nothing'), { enforceIndex: jobModifyIndex });
  });
  afterEach(() => rmSync(volume, { recursive: true, force: true }));

  const gone = [`${HOME}/programs/${FREE}`, `/backups/.tools/${TOOLS_FREE}`];

  it('are told, and removed, when no version of a job, no jobspec and no set names them', async () => {
    expect(await oldPrograms(ctx, toolbox, HOME)).toEqual(gone);
    expect(gone.every((path) => existsSync(at(path)))).toBe(true);
    expect(await removeOldPrograms(ctx, toolbox, HOME)).toEqual(gone);
    expect(gone.some((path) => existsSync(at(path)))).toBe(false);
    for (const pin of [NAMED, IN_FILE, IN_SET, YOUNG, programs().sha, `${FREE}.part.7`])
      expect(existsSync(at(`${HOME}/programs/${pin}`)), pin).toBe(true);
    expect(await removeOldPrograms(ctx, toolbox, HOME)).toEqual([]);
  });

  it('stay while a run goes on, which may still register what it has rendered', async () => {
    const journal = { ...newJournal('speedtest', '20261128-101530-cd34', new Date(0)), phase: 'migrating' };
    const items = { journal: JSON.stringify(journal) };
    nomad.variables.entries.set(journalPath('speedtest'), { items, modifyIndex: 1, held: undefined });
    expect(await removeOldPrograms(ctx, toolbox, HOME)).toEqual([]);
  });

  it('stay while a jobspec is not where it was: it may name them', async () => {
    const elsewhere = { ...ctx, home: '/other' };
    expect(await removeOldPrograms(elsewhere, toolbox, HOME)).toEqual([]);
  });

  it('stay when Nomad cannot tell which jobs there are', async () => {
    const allVersions = (): Promise<never> => Promise.reject(new Error('no answer'));
    await expect(removeOldPrograms({ ...ctx, nomad: { ...ctx.nomad, allVersions } }, toolbox, HOME)).rejects.toThrow();
    expect(gone.every((path) => existsSync(at(path)))).toBe(true);
  });
});
