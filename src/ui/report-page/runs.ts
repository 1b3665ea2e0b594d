import type { MovedDatabaseEvidence, ReportedRun } from '../../report/report-document.js';
import type { PageRun, Told } from '../../report/report-page.js';
import { duration, grouped, plural, safe } from '../text.js';

const TITLES: Readonly<Record<ReportedRun['kind'], string>> = {
  migrate: 'moved to a database of its own',
  rollback: 'taken back to the shared instance',
  finalize: 'old database dropped',
};

const DIGEST = 16;

/** A run's evidence: what was counted and hashed on both sides. */
export const pageRun = (run: ReportedRun): PageRun => ({
  title: safe(`${run.service}: ${TITLES[run.kind]}`),
  status: { text: safe(run.status), tone: run.status === 'ok' ? 'ok' : 'fail' },
  summary: safe([`run ${run.run}`, ...downtime(run), ...rows(run)].join(', ')),
  databases: run.databases.map(pageDatabase),
});

const downtime = ({ downtimeSeconds }: ReportedRun): string[] =>
  downtimeSeconds === null ? [] : [`app down for ${duration(downtimeSeconds)}`];

const rowsIn = ({ tables }: MovedDatabaseEvidence): number => tables.reduce((sum, table) => sum + table.rows, 0);

const rows = ({ databases }: ReportedRun): string[] =>
  databases.length === 0
    ? []
    : [
        plural(
          databases.reduce((sum, one) => sum + rowsIn(one), 0),
          'row',
        ),
      ];

const equal = (match: boolean): Told => (match ? { text: 'equal', tone: 'ok' } : { text: 'differs', tone: 'fail' });

const pageDatabase = (found: MovedDatabaseEvidence): PageRun['databases'][number] => ({
  name: safe(found.database),
  equal: equal(found.match),
  summary: [
    plural(found.tables.length, 'table'),
    plural(rowsIn(found), 'row'),
    `${plural(found.sequences.count, 'sequence')} ${equal(found.sequences.match).text}`,
    `${plural(found.largeObjects.count, 'large object')} ${equal(found.largeObjects.match).text}`,
  ].join(', '),
  tables: found.tables.map(({ name, rows: count, digest, match }) => ({
    ...{ name: safe(name), rows: grouped(count), digest: safe(digest.slice(0, DIGEST)), equal: equal(match) },
  })),
  differences: found.catalogDiff.map(safe),
});
