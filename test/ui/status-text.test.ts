import { describe, expect, it } from 'vitest';
import { versionText } from '../../src/plan/image.js';
import { serviceStatusText } from '../../src/ui/service-status-text.js';
import { statusText } from '../../src/ui/status-text.js';
import { ASCII, PLAIN } from './fixtures.js';
import { late, servicePage, sharedStatus, statusReport, statusRow, unmoved } from './status-fixtures.js';

describe('the status of all, for people', () => {
  it('has one line a service: where, version, size, sessions, ages against targets, state', () => {
    const text = statusText(statusReport([statusRow(), late(), unmoved()], { status: 'fail' }), PLAIN);
    expect(text.split('\n')[0]).toBe('fail  1 of 3 services as they should be');
    expect(text).toMatch(/speedtest +own :5433 +16\.4 +18\.5 MB +3 +9 h +ok +26 h +3 d +ok +ok/);
    expect(text).toMatch(/freshrss +own :5435 +16\.4 +96 MB +3 +31 h +late +26 h +never +warn/);
    expect(text).toMatch(/gitea +shared +16\.4 +412 MB +8 +none +failed +26 h +– +fail/);
  });

  it('tells what is left on the shared instance, and below it what to do', () => {
    const text = statusText(statusReport([late()]), PLAIN);
    expect(text).toContain(
      'Shared server postgresql: PostgreSQL 16.4, 9 of 100 sessions, 1 database left, 1 kept for a way',
    );
    expect(text).toContain('orphan  uptimekuma (7.9 MB, 0 sessions now, 0 since 2026-10-29)');
    expect(text).toMatch(/warn {2}freshrss: the newest backup .* {2}backup-late\n +→ dbctl backup freshrss/);
  });

  it('fits 100 columns, needs no Unicode and obeys no control character', () => {
    const rows = [statusRow(), late(), statusRow({ service: 'evil\u001b[2J' })];
    const text = statusText(statusReport(rows), ASCII);
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
    expect(text).not.toMatch(/[^\n -~]/);
  });

  it('leaves columns to the page of one service where the screen is narrow', () => {
    const text = statusText(statusReport([statusRow(), statusRow({ service: 'a-rather-long-name' })]), {
      ...PLAIN,
      columns: 80,
    });
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    expect(text).toMatch(/speedtest +own :5433 +18\.5 MB +9 h +ok +3 d +ok +ok/);
  });

  it('says of a shared instance that is gone, or silent, just that', () => {
    const gone = sharedStatus({ state: 'gone', why: 'it was stopped' });
    expect(statusText(statusReport([], { shared: gone }), PLAIN)).toContain('Shared server postgresql: it was stopped');
    const silent = sharedStatus({ state: 'unreadable', why: 'PostgreSQL does not answer' });
    expect(statusText(statusReport([], { shared: silent }), PLAIN)).toContain('cannot be read: PostgreSQL does not');
  });

  it.each([
    [160_004, '16.4'],
    [90_624, '9.6.24'],
  ])('writes version %i as people do', (number, text) => expect(versionText(number)).toBe(text));
});

describe('the status of one, for people', () => {
  it('has everything on a page, the seconds of drills as a line of marks', () => {
    const text = serviceStatusText(servicePage(), PLAIN);
    expect(text.split('\n')[0]).toBe('ok  speedtest   a database of its own');
    expect(text).toMatch(/server +PostgreSQL 16\.4 in job speedtest, up for 8 d/);
    expect(text).toMatch(/way back +dbctl rollback speedtest; kept closed: speedtest__old_/);
    expect(text).toContain('finalize is possible in 6 h, from 2026-11-28T18:00Z');
    expect(text).toMatch(/drills +last ok in 12\.0s, 3 d ago; 1 of 4 not ok +▁▂█▃ 8\.0s to 21\.0s/);
    expect(text).toMatch(/000028-20261128T023000Z +scheduled +9 h +52 110 +3\.1 MB/);
  });

  it('of one that is not moved says so, without an empty table', () => {
    const page = servicePage({ row: unmoved(), undo: null, journal: null, backups: [], drills: [], volumes: [] });
    const text = serviceStatusText(page, PLAIN);
    expect(text).toContain('on the shared instance');
    expect(text).toContain('none: dbctl has not moved or made it');
    expect(text).toContain('→ dbctl migrate gitea');
    expect(text).not.toContain('scheduled');
  });
});
