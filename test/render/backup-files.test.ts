import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backupEnv, elsewhereFiles } from '../../src/render/backup-files.js';
import { renderDatabasePart } from '../../src/render/index.js';
import { fileName } from '../../src/shared/file-name.js';
import { expectGolden } from './golden.js';
import { databases, offsiteBackup, rehearsal, samplePart } from './sample-part.js';

const part = samplePart({ backup: offsiteBackup });

describe('the settings of backups', () => {
  it('are one golden part with everything', () => {
    expectGolden('part-exec-offsite.hcl', renderDatabasePart(part));
  });

  it.each([['dash'], ['busybox sh']])('name the folder of a database that is fetched as dbctl does, in %s', (shell) => {
    const dir = mkdtempSync(join(tmpdir(), 'dbctl-env-'));
    const names = ['plain_1', '-dash', '.dot', 'a b/c', 'ü😀', `q"'$x\\`, 'x-y.z'];
    const [database] = databases('not its name');
    if (database === undefined) throw new Error('no database');
    try {
      writeFileSync(
        join(dir, 'backup.env'),
        backupEnv(samplePart({ databases: [{ ...database, lookup: '{{ key "x" }}' }] }), offsiteBackup),
      );
      for (const name of names) {
        writeFileSync(join(dir, 'database-1'), name);
        const [program = '', ...args] = shell.split(' ');
        const script = '. ./backup.env; printf "%s\\n" "$DATABASE_1" "$FOLDER_1" "$DATABASES" "$KEEP_LAST"';
        const told = execFileSync(program, [...args, '-euc', script], {
          cwd: dir,
          env: { PATH: process.env['PATH'], NOMAD_SECRETS_DIR: dir },
        });
        expect(told.toString()).toBe(`${name}\n${fileName(name)}\n1\n3\n`);
      }
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it('come back out of a shell as they were, whatever the databases are called', () => {
    const dir = mkdtempSync(join(tmpdir(), 'dbctl-env-'));
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
      .filter((text) => !/\p{C}|\p{Z}/u.test(text));
    try {
      fc.assert(
        fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 3 }), (names) => {
          writeFileSync(
            join(dir, 'backup.env'),
            backupEnv(samplePart({ databases: databases(...names) }), offsiteBackup),
          );
          const read = names.map((_, index) => `printf '%s\\n' "$DATABASE_${index + 1}"`).join('; ');
          const told = execFileSync('sh', ['-c', `. ./backup.env; ${read}; echo "$DATABASES $OFFSITE_2_REMOTE"`], {
            cwd: dir,
          });
          expect(told.toString()).toBe(`${names.join('\n')}\n${names.length} offsite2:/srv/db\n`);
        }),
        { numRuns: 25 },
      );
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it('hold no credential, and read each only from the variable of this task', () => {
    const texts = elsewhereFiles(part, offsiteBackup)
      .map(({ text }) => text)
      .join('');
    const paths = [...texts.matchAll(/nomadVar(?:Exists)? "([^"]*)"/g)].map((match) => match[1]);
    expect(new Set(paths)).toEqual(new Set(['nomad/jobs/speedtest/speedtest/db-backup']));
    expect(paths).toHaveLength(6);
    expect(texts).not.toContain('with secret');
  });

  it('are not those of a rehearsal, which has no schedule', () => {
    const text = renderDatabasePart(rehearsal({ backup: offsiteBackup }));
    expect(text).not.toMatch(/backup\.env|rclone|schedule\.sh/);
  });

  it.each([
    { ...offsiteBackup, zone: "UTC'; id" },
    { ...offsiteBackup, schedule: '$(id) * * * *' },
    { ...offsiteBackup, programs: '../..' + '\n' },
    {
      ...offsiteBackup,
      offsite: [{ name: 'x', options: { type: 's3\ntype = local' }, remotePath: 'b', prune: false }],
    },
  ])('are refused when a saved plan was changed into something unsafe', (backup) => {
    expect(() => renderDatabasePart(samplePart({ backup }))).toThrow();
  });
});
