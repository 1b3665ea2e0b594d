import { describe, expect, it } from 'vitest';
import type { VerifyReport } from '../../src/report/verify-report.js';
import { verifyText } from '../../src/ui/verify-text.js';

const style = { colour: false, unicode: true, columns: 100 };
const report: VerifyReport = {
  schema: 'dbctl.verify/1',
  service: 'speedtest',
  run: '20261121-035451-pi3a',
  on: 'dedicated',
  job: 'speedtest',
  status: 'failed',
  seconds: 2.5,
  checks: [
    {
      id: 'content',
      database: 'speedtest',
      status: 'failed',
      summary: '1 of 3 tables equal, 1 written since',
      findings: ['table public.users: 2 rows then, 1 now; the server counted no write (it does not count TRUNCATE)'],
    },
    { id: 'dump', database: 'speedtest', status: 'ok', summary: '7 files of 1204 bytes read whole', findings: [] },
    { id: 'pages', database: 'speedtest', status: 'skipped', summary: 'not read: no amcheck', findings: [] },
  ],
  tables: [
    {
      database: 'speedtest',
      table: 'public.results',
      rowsThen: 2571,
      rowsNow: 2636,
      inserted: 65,
      updated: 0,
      deleted: 0,
      status: 'written',
      why: null,
    },
  ],
  notes: [],
  exitCode: 4,
};

describe('a look at a service, for people', () => {
  it('says at the top that it is not as it should be, and what, in one line each', () => {
    const text = verifyText(report, style);
    expect(text.split('\n')[0]).toContain('fail  speedtest: its own database is not what it should be');
    expect(text).toContain('- table public.users: 2 rows then, 1 now; the server counted no write');
    expect(text).toMatch(/ok {4}dump {9}7 files/);
  });

  it('shows what the app wrote since, then and now', () => {
    expect(verifyText(report, style)).toMatch(/public\.results {3,}2 571 +2 636 +65 +0 +0/);
  });

  it('does not let a name from a database draw on the terminal', () => {
    const [first] = report.checks;
    if (!first) throw new Error('no check');
    const text = verifyText({ ...report, checks: [{ ...first, findings: ['table \u001b[31mred'] }] }, style);
    expect(text).not.toContain('\u001b');
  });
});
