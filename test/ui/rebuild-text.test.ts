import { describe, expect, it } from 'vitest';
import type { RebuildReport, RebuildRow } from '../../src/report/rebuild-report.js';
import { rebuildText } from '../../src/ui/rebuild-text.js';

const style = { colour: false, unicode: true, columns: 120 };

const copy = {
  ...{ id: '000027-20261127T023000Z', target: 'b2', prefix: 'shop/2026/11/27/000027-20261127T023000Z' },
  ...{ started: '2026-11-27T02:30:00Z', finished: '2026-11-27T02:30:04Z', ageSeconds: 120_600, bytes: 3_200_000 },
  ...{ encrypted: true, databases: ['shop'], passed: ['shop/2026/11/28/x, finished y, is not whole: manifest.json'] },
};

const row = (service: string, more: Partial<RebuildRow>): RebuildRow => ({
  ...{ service, status: 'ready', copy: null, seconds: 0, phases: [], rows: null, equal: null, why: null },
  ...more,
});

const report = (rows: readonly RebuildRow[], more: Partial<RebuildReport> = {}): RebuildReport => ({
  ...{ schema: 'dbctl.rebuild/1', status: 'ok', seconds: 83, lookSeconds: 9, rows, reports: [] },
  ...more,
});

describe('what a rebuild tells', () => {
  it('is how old the copies are before anything is done, and which newer ones are passed over', () => {
    const text = rebuildText(report([row('shop', { copy })], { status: 'planned' }), style);
    expect(text).toMatch(/^rebuild {2}1 service of 1 can be made from copies elsewhere/);
    expect(text).toContain('can be made');
    expect(text).toContain('2026-11-27T02:30:00Z');
    expect(text).toContain('note  shop: a newer copy is passed over: shop/2026/11/28/x');
    expect(text).not.toContain('Next');
  });

  it('is what came of each, and what is left to do', () => {
    const error = { code: 'EVIDENCE_DIFFERS', exitCode: 4, message: 'not equal', details: ['table a'] } as const;
    const rows = [
      row('shop', { status: 'ok', copy, seconds: 41.2, rows: 52_110, equal: true }),
      row('news', { status: 'undone', copy, seconds: 12, error: { ...error } }),
      row('wiki', { status: 'there', why: 'its journal says that it has a database of its own (migrated)' }),
    ];
    const text = rebuildText(report(rows, { status: 'failed' }), style);
    expect(text).toMatch(/^fail {2}1 service of 3 made again/);
    expect(text).toMatch(/shop +made, equal .* 52 110 +41/);
    expect(text).toMatch(/news +taken back/);
    expect(text).toMatch(/wiki +lives, left alone/);
    expect(text).toContain('EVIDENCE_DIFFERS');
    expect(rebuildText(report([row('shop', { status: 'nothing-to-do' })]), style)).toMatch(/^ok {4}nothing to do/);
  });
});
