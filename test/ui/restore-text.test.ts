import { describe, expect, it } from 'vitest';
import type { DrillReport } from '../../src/report/drill-report.js';
import type { RestoreReport } from '../../src/report/restore-report.js';
import { drillText } from '../../src/ui/drill-text.js';
import { restoreText } from '../../src/ui/restore-text.js';
import { ASCII, COLOUR, PLAIN } from './fixtures.js';

const restored: RestoreReport = {
  schema: 'dbctl.restore/1',
  action: 'restore',
  service: 'speedtest',
  run: '20261128-101530-cd34',
  status: 'ok',
  set: { id: '000042-20261128T023000Z', started: '2026-11-28T02:30:00Z', finished: '2026-11-28T02:30:09Z', from: 'b2' },
  safety: '000043-20261128T101531Z',
  closedSeconds: 0.21,
  firstSession: '2026-11-28T10:15:59Z',
  evidence: null,
  kept: [{ database: 'speedtest', name: 'speedtest__before_20261128_101530_cd34' }],
  steps: [{ id: 'set', title: 'set', status: 'ok', seconds: 12.5, summary: 'found', evidence: {} }],
  notes: [],
  next: ['dbctl restore speedtest --undo   (what was live before is live again)'],
};

const drilled: DrillReport = {
  service: 'speedtest',
  run: '20261128-101530-cd34',
  at: '2026-11-28T10:15:30Z',
  status: 'ok',
  findings: [],
  set: { id: '000042-20261128T023000Z', from: 'b2', ageSeconds: 27_921 },
  parts: [
    { id: 'start', seconds: 4.1 },
    { id: 'fetch', seconds: 2 },
  ],
  rtoSeconds: 12.4,
  budgetSeconds: 900,
  evidence: null,
  checks: ['speedtest: 14 indexes and 9 tables read page by page'],
  notes: [],
};

const stale: DrillReport = {
  ...drilled,
  service: 'gitea',
  status: 'failed',
  findings: [{ code: 'DRILL_STALE', text: 'the newest copy is 40 h old', details: [], next: 'dbctl backup gitea' }],
};

describe('a restore for people', () => {
  it('says what came back, what is not in it, and what is kept', () => {
    expect(restoreText(restored, PLAIN)).toBe(`ok    speedtest is restored   run 20261128-101530-cd34, took 12.5s

  backup  000042-20261128T023000Z from b2
  as of   2026-11-28T02:30:00Z; what was written later is not in it
  before  backed up as 000043-20261128T101531Z, pinned
  closed  0.21s · app seen at 10:15:59 UTC
  kept    speedtest__before_20261128_101530_cd34, closed

Next  dbctl restore speedtest --undo   (what was live before is live again)`);
  });

  it('shows the steps of one that failed, and the error', () => {
    const error = { code: 'ARTIFACT_CORRUPT', message: 'damaged', details: ['x'], exitCode: 4 };
    const text = restoreText({ ...restored, status: 'undone', kept: [], next: [], error }, ASCII);
    expect(text).toContain('undone  speedtest is as it was before');
    expect(text).toContain('found');
    expect(text).toContain('ARTIFACT_CORRUPT');
  });

  it('says nothing more when there was nothing to do', () => {
    expect(restoreText({ ...restored, action: 'done', status: 'nothing-to-do', run: null, next: [] }, PLAIN)).toBe(
      'ok    speedtest: nothing to do',
    );
  });

  it('never lets a name draw on the terminal', () => {
    const kept = [{ database: 'x', name: 'x\u001b[2J' }];
    expect(restoreText({ ...restored, kept }, PLAIN)).not.toContain('\u001b');
  });
});

describe('a drill for people', () => {
  it('says in which time the service can be restored', () => {
    const text = drillText({ schema: 'dbctl.drill/1', status: 'ok', drills: [drilled], waiting: [] }, PLAIN);
    expect(text).toBe(`ok    speedtest can be restored in 12.4s   run 20261128-101530-cd34

  backup  000042-20261128T023000Z from b2, 7h 45m 21s old
  phases  start 4.1s · fetch 2.0s
  rto     12.4s, budget 15m
  checks  speedtest: 14 indexes and 9 tables read page by page`);
  });

  it('shows several as one table, and below it what is wrong', () => {
    const text = drillText({ schema: 'dbctl.drill/1', status: 'failed', drills: [drilled, stale], waiting: [] }, PLAIN);
    expect(text).toContain('fail  1 service of 2 can be restored');
    expect(text).toMatch(/speedtest\s+restored\s+000042/);
    expect(text).toMatch(/gitea\s+DRILL_STALE\s+000042/);
    expect(text).toContain('gitea\n  DRILL_STALE  the newest copy is 40 h old');
  });

  it('names those whose turn it is not', () => {
    const waiting = [
      { service: 'gitea', why: 'drilled 2026-11-28T03:00:00Z', next: '2026-12-05T03:00:00.000Z' },
      { service: 'wiki', why: 'drill.schedule is not set', next: null },
    ];
    expect(drillText({ schema: 'dbctl.drill/1', status: 'ok', drills: [], waiting }, PLAIN)).toBe(
      'wait  gitea: drilled 2026-11-28T03:00:00Z, next 2026-12-05T03:00:00.000Z\nwait  wiki: drill.schedule is not set',
    );
  });

  it('keeps its words without colour', () => {
    const plain = drillText(
      { schema: 'dbctl.drill/1', status: 'failed', drills: [drilled, stale], waiting: [] },
      PLAIN,
    );
    const coloured = drillText(
      { schema: 'dbctl.drill/1', status: 'failed', drills: [drilled, stale], waiting: [] },
      COLOUR,
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are such characters
    expect(coloured.replaceAll(/\u001b\[\d+m/g, '')).toBe(plain);
  });
});
