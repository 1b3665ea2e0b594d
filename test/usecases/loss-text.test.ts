import { describe, expect, it } from 'vitest';
import type { Loss } from '../../src/pipeline/loss.js';
import { agoText, costText, sinceText } from '../../src/usecases/loss-text.js';
import { proofText, wayBackText } from '../../src/usecases/proof-text.js';

const now = new Date('2026-11-21T05:15:35Z');
const at = '2026-11-21T03:15:35.250Z';
const loss = (more: Partial<Loss>): Loss => ({
  from: 'source',
  backup: null,
  since: at,
  rows: 52_110,
  lastSeen: { at: '2026-11-21T05:05:35Z', rows: 52_422 },
  saw: [],
  ...more,
});

describe('what going back without the dedicated database costs', () => {
  it('is told with the time, the rows that come back, and the last count', () => {
    expect(sinceText(loss({}), now)).toBe('as of 2026-11-21 03:15:35 UTC (2 h ago), with 52110 rows');
    expect(costText(loss({}), now)).toBe(
      'everything written since 2026-11-21 03:15:35 UTC is lost: 312 rows more when last counted, 10 min ago, and whatever came after',
    );
  });

  it('says fewer when rows were deleted since', () => {
    expect(costText(loss({ rows: 52_430 }), now)).toContain('8 rows fewer when last counted');
  });

  it('does not call the backup itself a later count', () => {
    expect(costText(loss({ lastSeen: { at, rows: 52_110 } }), now)).toBe(
      'everything written since 2026-11-21 03:15:35 UTC is lost; nobody has counted it',
    );
  });

  it('claims nothing where nobody counted', () => {
    expect(sinceText(loss({ rows: null }), now)).toBe('as of 2026-11-21 03:15:35 UTC (2 h ago)');
    expect(costText(loss({ lastSeen: null }), now)).toBe('everything written since 2026-11-21 03:15:35 UTC is lost');
  });
});

describe('how long ago', () => {
  it.each([
    ['2026-11-21T05:15:35Z', 'now'],
    ['2026-11-21T05:15:34Z', '1 s ago'],
    ['2026-11-21T04:16:00Z', '59 min ago'],
    ['2026-11-19T05:15:35Z', '2 d ago'],
    ['2026-11-21T06:00:00Z', 'now'],
  ])('%s is %s', (iso, text) => {
    expect(agoText(iso, now)).toBe(text);
  });
});

describe('a proven way back', () => {
  const proof = { run: '20261121-031535-ab12', at, seconds: 13.8, rows: 52_422, movedRows: 52_110 };

  it('is told with its age, its time and the rows beyond those moved', () => {
    expect(proofText(proof, now)).toBe('proven 2 h ago, ~14 s, carries 312 rows beyond the 52110 that were moved');
    expect(wayBackText(proof, now)).toBe(`The way back was ${proofText(proof, now)}.`);
  });

  it('that never was is not praised', () => {
    expect(wayBackText(undefined, now)).toBe('The way back was not proven since the move.');
  });
});
