import { describe, expect, it } from 'vitest';
import type { BackupsReport, BackupsRow } from '../../src/report/backups-report.js';
import { backupSetsText, backupsChangeText, backupsText } from '../../src/ui/backups-text.js';
import { sparkline } from '../../src/ui/sparkline.js';
import { ASCII, PLAIN } from './fixtures.js';

const row = (more: Partial<BackupsRow> = {}): BackupsRow => ({
  service: 'speedtest',
  on: 'dedicated',
  job: 'speedtest',
  state: 'ok',
  why: null,
  newest: { id: '000028-20261128T023000Z', started: '2026-11-28T02:30:00Z', age: 34_200, bytes: 3_100_000 },
  maxAge: 93_600,
  sets: 14,
  offsite: 12,
  targets: [],
  pinned: 1,
  sizes: [1, 2, 3, 8],
  lastAttempt: null,
  drill: null,
  next: '2026-11-29T02:30:00Z',
  problem: null,
  ...more,
});

const report = (rows: BackupsRow[], more: Partial<BackupsReport> = {}): BackupsReport => ({
  ...{ schema: 'dbctl.backups/1', at: '2026-11-28T12:00:00Z', status: 'ok', exitCode: 0, rows },
  ...more,
});

describe('the table of all backups, for people', () => {
  it('has age, counts, size, trend and the next run in one line', () => {
    const text = backupsText(report([row()]), PLAIN);
    expect(text.split('\n')[0]).toBe('ok    1 of 1 database backed up as they should be');
    expect(text).toMatch(/speedtest +ok +9 h +14 +12 +1 +3\.1 MB +▁▂▃█ +in 14 h/);
  });

  it('fits a narrow terminal without the trend', () => {
    const text = backupsText(report([row({ service: 'postgresql/vaultwarden' })]), {
      ...PLAIN,
      columns: 80,
    });
    expect(text).not.toContain('▁');
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('says below the table what is wrong, and obeys no control character', () => {
    const rows = [
      row({ service: 'a', state: 'late', newest: { id: 'x', started: 'x', age: 200_000, bytes: 1 } }),
      row({ service: 'b', state: 'failed', why: 'no space\u001b[2J' }),
      row({
        service: 'c',
        state: 'never',
        newest: null,
        why: 'there is no backup yet',
        sizes: [],
        sets: 0,
        next: null,
      }),
    ];
    const text = backupsText(report(rows, { status: 'attention', exitCode: 2 }), ASCII);
    expect(text).toContain('warn  0 of 3 databases');
    expect(text).toContain('a: newest is 2 d old, at most 26 h are wanted');
    expect(text).toContain('b: no space\\u001b[2J');
    expect(text).not.toContain('\u001b');
  });
});

describe('the backups of one service, for people', () => {
  it('are a row each, with their copies and pins', () => {
    const one = {
      id: '000028-20261128T023000Z',
      kind: 'scheduled',
      started: '',
      age: 34_200,
      databases: ['speedtest'],
    } as const;
    const copy = {
      schema: 'dbctl.receipt/1',
      id: one.id,
      at: '',
      prefix: '',
      encrypted: true,
      files: 1,
      bytes: 1,
    } as const;
    const receipts = [
      { ...copy, target: 'b2', verified: true },
      { ...copy, target: 'nas', verified: false },
    ];
    const sets = [{ ...one, rows: 52_110, bytes: 3_100_000, pinned: true, receipts }];
    const failure = { at: '2026-11-27', seconds: 1, kind: 'manual', status: 'failed', id: null, error: 'cut' } as const;
    const catalogs = [{ row: row(), sets, failures: [failure] }];
    const text = backupSetsText(
      {
        schema: 'dbctl.backup-sets/1',
        service: 'speedtest',
        at: '2026-11-28T12:00:00Z',
        status: 'ok',
        catalogs,
        exitCode: 0,
      },
      PLAIN,
    );
    expect(text).toContain('ok  speedtest: 1 backup, next in 14 h');
    expect(text).toMatch(/000028-\S+ +scheduled +9 h +52 110 +3\.1 MB +b2, nas \(unread\) +pinned/);
    expect(text).toContain('2026-11-27 manual: cut');
  });
});

describe('a sparkline', () => {
  it('goes from the smallest to the largest, is flat for one value and empty for none', () => {
    expect(sparkline([10, 20, 15], PLAIN)).toBe('▁█▅');
    expect(sparkline([7, 7], PLAIN)).toBe('▁▁');
    expect(sparkline([], PLAIN)).toBe('');
    expect(sparkline([1, 9], ASCII)).toBe('.@');
  });
});

it('a change is told in a line', () => {
  const change = { schema: 'dbctl.backups-change/1', service: 's', ids: ['i'] } as const;
  expect(backupsChangeText({ ...change, verb: 'pin', status: 'done' }, PLAIN)).toBe('ok  s: i is kept for good');
  expect(backupsChangeText({ ...change, verb: 'pin', status: 'nothing-to-do' }, PLAIN)).toContain('already');
});
