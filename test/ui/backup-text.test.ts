import { describe, expect, it } from 'vitest';
import type { BackupAllReport, BackupReport, MadeSet } from '../../src/report/backup-report.js';
import { backupAllText, backupText } from '../../src/ui/backup-text.js';
import { PLAIN } from './fixtures.js';

const made: MadeSet = {
  id: '000028-20261128T120000Z',
  kind: 'manual',
  started: '2026-11-28T12:00:00Z',
  finished: '2026-11-28T12:00:04Z',
  databases: [{ database: 'speedtest', tables: 4, rows: 52_110, bytes: 3_100_000, sizeBytes: 18_500_000 }],
  files: 14,
  bytes: 3_200_000,
  manifestSha256: 'ab'.repeat(32),
  pinned: true,
  receipts: [],
};
const report: BackupReport = {
  schema: 'dbctl.backup-run/1',
  service: 'speedtest',
  on: 'dedicated',
  job: 'speedtest',
  run: '20261128-120000-aaaa',
  status: 'ok',
  seconds: 4.2,
  sets: [made],
  removed: ['000004-20261104T023000Z'],
  notes: [],
};

describe('a backup, for people', () => {
  it('names databases, rows, sizes, the sum of the manifest, copies and what retention took', () => {
    const text = backupText(report, PLAIN);
    expect(text.split('\n')[0]).toBe('ok    speedtest: 1 backup made from its own database   took 4.2s');
    expect(text).toMatch(/databases +speedtest: 4 tables, 52 110 rows, 18\.5 MB on the server, 3\.1 MB dumped/);
    expect(text).toContain(`sha256 ${'ab'.repeat(32)}`);
    expect(text).toMatch(/set +000028-20261128T120000Z, pinned/);
    expect(text).toMatch(/off-site +no copy/);
    expect(text).toMatch(/removed +000004/);
  });

  it('shows a copy that failed below the set that is there', () => {
    const error = { code: 'OFFSITE_FAILED', message: 'a copy failed', details: ['b2: cut'], exitCode: 5 };
    const text = backupText({ ...report, status: 'failed', error }, PLAIN);
    expect(text).toMatch(/^fail {2}speedtest/);
    expect(text.indexOf('[OFFSITE_FAILED]')).toBeGreaterThan(text.indexOf('databases'));
  });
});

it('a backup of everything is one table, with what failed below it', () => {
  const error = { code: 'BACKUP_RUNNING', message: 'another is being made', details: [], exitCode: 6 };
  const row = { on: 'dedicated', seconds: 4.2, sets: 1, rows: 52_110, bytes: 3_200_000, copies: 0 } as const;
  const all: BackupAllReport = {
    schema: 'dbctl.backup-all/1',
    status: 'failed',
    seconds: 9,
    rows: [
      { ...row, service: 'speedtest', status: 'ok' },
      { ...row, service: 'gitea', status: 'failed', sets: 0, rows: 0, bytes: 0, error },
      { ...row, service: 'postgresql', on: 'shared', status: 'failed', error },
    ],
    reports: [report],
  };
  const text = backupAllText(all, PLAIN);
  expect(text).toContain('1 service of 3 backed up');
  expect(text).toMatch(/speedtest +backed up +own +4\.2s +52 110 +3\.2 MB/);
  expect(text).toMatch(/gitea +failed/);
  expect(text).toMatch(/postgresql +in part +shared/);
  expect(text).toContain('[BACKUP_RUNNING]');
});
