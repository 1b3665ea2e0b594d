import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderReport } from '../../../src/render/report.js';
import { reportPage } from '../../../src/ui/report-page/page.js';
import { drillPlot } from '../../../src/ui/report-page/plot.js';
import { hostileText } from '../../support/hostile-text.js';
import { reportDocument, reportedRun, servicePage, sharedStatus, statusReport, statusRow } from '../status-fixtures.js';

const html = (document = reportDocument()): string => renderReport(reportPage(document));

/** Element names in order: what hostile text must never add to. */
const tags = (text: string): string[] => [...text.matchAll(/<(\/?[a-z][a-z0-9]*)/gi)].map(([, tag = '']) => tag);
const shape = (text: string): string => tags(text.slice(text.indexOf('<body>'))).join(' ');

describe('the page of a report', () => {
  it('needs nothing but itself and runs nothing', () => {
    const text = html();
    expect(text).not.toMatch(/<script|https?:\/\/|url\(|@import|<link|<img|<iframe| on[a-z]+=/i);
    expect(text).toContain("default-src 'none'");
    expect(text).toContain('prefers-color-scheme: dark');
  });

  it('shows services, ages against targets, findings, drills and evidence', () => {
    const text = html();
    for (const part of ['own :5433', '18.5 MB', '31 h, late', 'of 26 h', 'dbctl backup freshrss'])
      expect(text).toContain(part);
    expect(text).toMatch(/<td>public\.results<\/td><td class="n">52 000<\/td><td class="mono">9f2c41d07a<\/td>/);
    expect(text.match(/<circle/g)).toHaveLength(4);
    expect(text).toContain('uptimekuma');
  });

  it('sets the worst finding first', () => {
    const levels = reportPage(reportDocument()).findings.map(({ level }) => level.text);
    expect(levels).toEqual(['fail', 'fail', 'warn', 'warn', 'warn']);
  });

  it('tells what doctor found, under its group where it is of no service, and once what status tells as well', () => {
    const { findings } = reportPage(reportDocument());
    expect(findings).toContainEqual(
      expect.objectContaining({ service: 'vault', code: 'workload-policy', text: 'no policy', next: 'write it' }),
    );
    expect(findings.filter(({ service, code }) => service === 'freshrss' && code === 'backup-late')).toHaveLength(1);
  });

  it('stands without any service, run, drill or shared instance', () => {
    const shared = sharedStatus({ state: 'gone', why: 'it was stopped', used: [], keptAside: [], orphans: [] });
    const text = html(reportDocument({ status: statusReport([], { shared }), services: [], runs: [] }));
    expect(text).toContain('The inventory has no service.');
    expect(text).toContain('No drill has been made yet');
    expect(text).toContain('No run has left a report');
    expect(text).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('takes any name as text, never as markup', () => {
    const evil = fc.oneof(
      hostileText(),
      fc.constantFrom('<script>', '"><img src=x>', "' onload='", '&lt;', '{{at}}', '</style>'),
    );
    fc.assert(
      fc.property(evil, evil, (name, why) => {
        const said = `a${name}`;
        const row = statusRow({
          ...{ service: said, state: 'warn' as const },
          reasons: [{ code: said, level: 'warn', text: `b${why}`, next: `c${why}` }],
        });
        const table = { name: said, rows: 1, digest: why, match: false };
        const [database] = reportedRun().databases;
        const documentOf = (text: string, more: Partial<typeof row>, tables: (typeof table)[]): string =>
          html(
            reportDocument({
              status: statusReport([{ ...row, ...more }], { shared: sharedStatus({ job: text }) }),
              services: [servicePage({ row: { ...row, ...more } })],
              runs: [
                reportedRun({
                  service: text,
                  databases: database ? [{ ...database, tables, catalogDiff: [text] }] : [],
                }),
              ],
              unreadable: [text],
            }),
          );
        const plain = documentOf('a', { service: 'a', reasons: [{ code: 'a', level: 'warn', text: 'b', next: 'c' }] }, [
          { ...table, name: 'a', digest: 'd' },
        ]);
        expect(shape(documentOf(said, {}, [table]))).toBe(shape(plain));
      }),
      { numRuns: 60 },
    );
  });
});

describe('the plot of drills', () => {
  it('puts time on one axis and seconds from zero on the other', () => {
    const plot = drillPlot('speedtest', servicePage().drills);
    expect(plot?.points.map(({ x }) => x)).toEqual([8, 109.3, 210.7, 312]);
    expect(plot?.points[2]).toMatchObject({ y: 8, tone: 'fail' });
    expect(plot).toMatchObject({ high: '21.0s', from: '2026-11-04', to: '2026-11-25' });
  });

  it('of a single drill is a point without a line, and of none nothing', () => {
    expect(drillPlot('a', [{ at: '2026-11-04T04:00:00Z', status: 'ok', seconds: 8 }])).toMatchObject({ line: '' });
    expect(drillPlot('a', [{ at: '2026-11-04T04:00:00Z', status: 'ok' }])).toBeUndefined();
  });
});
