import type { MigrateReport } from '../../src/report/migrate-report.js';
import type { Style } from '../../src/ui/style.js';

export const PLAIN: Style = { colour: false, unicode: true, columns: 100 };
export const ASCII: Style = { colour: false, unicode: false, columns: 100 };
export const COLOUR: Style = { colour: true, unicode: true, columns: 100 };

const step = (
  id: string,
  summary: string,
  seconds: number,
  status: 'ok' | 'skipped' | 'failed' | 'undone' = 'ok',
): MigrateReport['steps'][number] => ({
  id,
  title: id,
  status,
  seconds,
  summary,
  evidence: {},
});

export const migrated = (more: Partial<MigrateReport> = {}): MigrateReport => ({
  schema: 'dbctl.migrate/2',
  service: 'speedtest',
  run: '20261120-211530-ab12',
  status: 'ok',
  downtimeSeconds: 3.42,
  downtime: {
    from: '2026-11-20T21:15:32.100Z',
    to: '2026-11-20T21:15:35.520Z',
    parts: [
      { id: 'fence', title: 'fence', seconds: 0.81 },
      { id: 'dump', title: 'dump', seconds: 0.52 },
      { id: 'import', title: 'import', seconds: 0.94 },
      { id: 'verify', title: 'verify', seconds: 0.33 },
      { id: 'open', title: 'open', seconds: 0.82 },
    ],
  },
  steps: [
    step('preflight', '12 checks, 0 warnings', 1.2),
    step('rehearse', 'copied while the app ran, equal', 6.1),
    step('gate-in', 'job speedtest version 9, app held back', 4.4),
    step('fence', '0 sessions left on the old database', 0.81),
    step('dump', '14 tables, 21 MB, sha256 9f2c41aa', 0.52),
    step('import', '14 tables', 0.94),
    step('verify', 'equal', 0.33),
    step('open', 'app healthy', 0.82),
    step('prove', '3 sessions on the new database, 0 on the old', 5),
  ],
  evidence: {
    match: true,
    databases: [
      {
        database: 'speedtest',
        match: true,
        tables: [
          { name: 'public.results', rows: 52_000, digest: '9f2c41aa77e1b0c4d5', match: true },
          { name: 'public.users', rows: 1, digest: '11aa22bb33cc44dd55', match: true },
          { name: 'public.migrations', rows: 109, digest: 'e3b0c44298fc1c149a', match: true },
        ],
        sequences: { count: 9, match: true },
        largeObjects: { count: 0, bytes: 0, match: true },
        catalogDiff: [],
      },
    ],
  },
  rehearsal: {
    run: '20261120-211518-cd34',
    finishedAt: '2026-11-20T21:15:24Z',
    seconds: 6.1,
    shape: 'exec, PostgreSQL 16, host, same-group',
    predictedDowntimeSeconds: 3.9,
    parts: [],
    match: true,
  },
  moved: {
    from: 'postgresql at 10.0.0.5:5432',
    to: 'speedtest-postgres at localhost:5433',
    databases: [{ database: 'speedtest', sourceBytes: 18_500_000, dumpBytes: 21_000_000, targetBytes: 17_900_000 }],
  },
  undo: 'dbctl rollback speedtest',
  notes: ['the old database is kept, closed, as speedtest__old_20261120; drop it with: dbctl finalize speedtest'],
  ...more,
});

export const undone = (): MigrateReport => {
  const { undo: _, rehearsal: __, ...rest } = migrated();
  return {
    ...rest,
    status: 'undone',
    downtimeSeconds: null,
    downtime: null,
    moved: null,
    steps: [
      step('preflight', '12 checks, 0 warnings', 1.2),
      step('gate-in', 'job speedtest version 9, app held back', 4.4),
      step('fence', '0 sessions left on the old database', 0.81),
      step('verify', '1 of 3 tables differs', 0.33, 'failed'),
      step('fence', 'old database open again, rights as recorded', 0.2, 'undone'),
      step('gate-in', 'job as it was', 4.1, 'undone'),
    ],
    evidence: {
      match: false,
      databases: [
        {
          database: 'speedtest',
          match: false,
          tables: [
            { name: 'public.users', rows: 1, digest: '11aa22bb33cc44dd55', match: true },
            { name: 'public.results', rows: 52_000, digest: '9f2c41aa77e1b0c4d5', match: false },
          ],
          sequences: { count: 9, match: true },
          largeObjects: { count: 2, bytes: 4096, match: true },
          catalogDiff: ['- index public.results_at_idx CREATE INDEX results_at_idx ON public.results USING btree (at)'],
        },
      ],
    },
    error: {
      code: 'EVIDENCE_DIFFERS',
      message: 'source and target are not equal',
      where: 'database speedtest',
      details: [
        'public.results: digest 9f2c… on the source, 11bd… on the target',
        'index public.results_at_idx is missing on the target',
      ],
      next: 'dbctl migrate speedtest, after looking at the differences',
      exitCode: 4,
    },
    notes: [],
  };
};
