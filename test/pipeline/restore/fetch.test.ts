import { beforeEach, describe, expect, it } from 'vitest';
import { backupOf } from '../../../src/inventory/resolve-backup.js';
import { type Journal, newJournal } from '../../../src/pipeline/journal.js';
import type { JournalHandle } from '../../../src/pipeline/journal-store.js';
import { type FetchContext, fetchCopy, removeSecrets } from '../../../src/pipeline/restore/fetch.js';
import { toolsPin } from '../../../src/plan/backup-part.js';
import type { ExecRequest, ExecResult } from '../../../src/ports/nomad.js';
import { Secret } from '../../../src/shared/secret.js';
import { fakeClock } from '../../fakes/fake-clock.js';
import { fakeNomad } from '../../fakes/fake-nomad.js';
import { fakeVault } from '../../fakes/fake-vault.js';
import { samplePart } from '../../render/sample-part.js';

const RUN = '20261128-101530-cd34';
const PLACE = {
  name: 'b2',
  options: { type: 's3', endpoint: 'http://store' },
  remotePath: 'bucket/folder',
  read: { mount: 'secret', path: 'postgres/offsite/b2' },
};

const SUM = 'ab'.repeat(32);
const BACKUP = {
  ...backupOf({}, {}, 'postgres'),
  offsite: [{ ...PLACE, secret: '', read: '', prune: false }],
  tools: { rclone: { url: 'https://x/rclone.zip', sha256: SUM }, age: null },
};

describe('an off-site copy that is fetched into the toolbox', () => {
  const clock = fakeClock({ auto: true });
  const vault = fakeVault();
  let nomad: ReturnType<typeof fakeNomad>;
  let toolbox: { allocId: string; task: string };
  let ends: number;

  const said = (stdout: string): ExecResult => ({ kind: 'exited', code: 0, stdout, stderr: '' });

  /** A toolbox that stores, starts and cleans as it is told; the program itself ends with `ends`. */
  const answer = (request: ExecRequest): ExecResult => {
    const [, , script = '', , nonce = '', dir = ''] = request.argv;
    if (script.includes('.put-$nonce')) return said(`${nonce} stored`);
    if (script.includes('dbctl-whole')) return said('dbctl-whole\ndbctl-done\ndbctl-end');
    if (!script.includes('setsid')) return said('dbctl-done\ndbctl-end');
    const status = { exit: ends, started: '', finished: '', results: [] };
    nomad.allocs.files.set(`${request.allocId}:alloc/${dir}/status`, JSON.stringify(status));
    return said(`${nonce} started\n${nonce} end`);
  };

  beforeEach(async () => {
    ends = 0;
    nomad = fakeNomad(clock);
    const [alloc] = nomad.allocs.place({
      ID: 'app',
      TaskGroups: [{ Name: 'g', Tasks: [{ Name: 'db-backup', Driver: 'exec' }] }],
    });
    toolbox = { allocId: alloc?.ID ?? '', task: 'db-backup' };
    nomad.allocs.onExec = answer;
    vault.versions.clear();
    await vault.write('secret', PLACE.read.path, { secret_access_key: new Secret('c4nary-key-51aa') }, 0);
  });

  const context = (identity: Secret | null): FetchContext => {
    let current: Journal = newJournal('app', RUN, new Date(0));
    const journal: JournalHandle = {
      get current() {
        return current;
      },
      texts: undefined,
      save: async (next) => {
        current = next;
      },
      fact: <T>(key: string) => current.facts[key] as T | undefined,
      record: async (key, value) => {
        current = { ...current, facts: { ...current.facts, [key]: value as string } };
      },
    };
    return {
      ...{ nomad: { ...nomad.port }, clock, vault, journal, run: RUN, identity, toolsJob: () => '' },
      ...{ plan: { service: 'app', target: samplePart() }, service: { backup: BACKUP } },
      ...{ signal: new AbortController().signal, progress: () => undefined },
    };
  };
  const copy = {
    place: PLACE,
    id: '000042-20261128T023000Z',
    prefix: 'app/2026/11/28/000042-20261128T023000Z',
    out: '/x',
    bytes: 1,
  };
  const texts = (): string[] => nomad.allocs.execs.map(({ stdin }) => stdin ?? '');

  it('gives credentials and key over stdin alone, and takes them away again', async () => {
    await fetchCopy(context(new Secret('AGE-SECRET-KEY-1C4NARY9999\n')), toolbox, copy);
    const argv = nomad.allocs.execs.flatMap((request) => request.argv).join('\n');
    expect(argv).not.toContain('c4nary-key');
    expect(argv).not.toContain('AGE-SECRET');
    const [secrets = ''] = texts().filter((text) => text.includes('[offsite1]'));
    expect(secrets).toContain('type = s3\nendpoint = http://store\nsecret_access_key = c4nary-key-51aa\n');
    expect(secrets).toMatch(/^rclone\.conf 600 /);
    expect(secrets).toContain('AGE-SECRET-KEY-1C4NARY9999\n');
    expect(nomad.allocs.execs.find(({ argv }) => argv.includes('secrets'))?.argv).toContain(`dbctl-fetch-${RUN}`);
    const last = nomad.allocs.execs.at(-1)?.argv ?? [];
    expect(last.join(' ')).toContain('rm -rf -- "$NOMAD_SECRETS_DIR/$1"');
    expect(last.at(-1)).toBe(`dbctl-fetch-${RUN}`);
  });

  it('tells the program where the copy lies, and has no key file when there is no key', async () => {
    await fetchCopy(context(null), toolbox, copy);
    const [program = ''] = texts().filter((text) => text.includes('REMOTE='));
    const env = program.slice(program.indexOf('RUN='));
    expect(env).toContain(`REMOTE='offsite1:bucket/folder'\nID='${copy.id}'\nPREFIX='${copy.prefix}'\nOUT='/x'\n`);
    expect(env).toContain(`RCLONE_CONFIG="$NOMAD_SECRETS_DIR"'/dbctl-fetch-${RUN}/rclone.conf'`);
    expect(program).not.toMatch(/^IDENTITY_FILE=/m);
    expect(env).toContain(`TOOLS='/backups/.tools/${toolsPin(BACKUP.tools)}'\n`);
  });

  it.each([
    [21, 'ARTIFACT_CORRUPT'],
    [29, 'BACKUP_NOT_FOUND'],
    [23, 'TOOLBOX_FAILED'],
  ])('that ends with %d is %s', async (exit, code) => {
    ends = exit;
    await expect(fetchCopy(context(null), toolbox, copy)).rejects.toMatchObject({ code });
  });

  it('is not begun without credentials', async () => {
    vault.versions.clear();
    await expect(fetchCopy(context(null), toolbox, copy)).rejects.toMatchObject({ code: 'VAULT_SECRET_MISSING' });
    expect(nomad.allocs.execs).toEqual([]);
  });

  it('takes the secrets of a cut fetch away as often as it is told', async () => {
    await removeSecrets(context(null), toolbox);
    await removeSecrets(context(null), toolbox);
    expect(nomad.allocs.execs).toHaveLength(2);
  });
});
