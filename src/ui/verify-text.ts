import type { CheckStatus, VerifyCheck, VerifyReport } from '../report/verify-report.js';
import { paint, type Style } from './style.js';
import { duration, grouped, masked, safe, table, widthOf, wrap } from './text.js';

const SHOWN = 20;

/** What was looked at, a line each; what was found, below it; the tables the app wrote since. */
export const verifyText = (report: VerifyReport, style: Style): string => {
  const several = new Set(report.checks.flatMap(({ database }) => database ?? [])).size > 1;
  return [
    headline(report, style),
    report.checks.map((check) => checkText(check, several, style)).join('\n'),
    ...writtenText(report, several, style),
    ...report.notes.map((note) => `note  ${wrap(safe(note), widthOf(style), 6)}`),
  ].join('\n\n');
};

const headline = (report: VerifyReport, style: Style): string => {
  const colour = paint(style);
  const name = colour.bold(safe(report.service));
  const where = report.on === 'dedicated' ? 'its own database' : `its database on job ${safe(report.job)}`;
  const words: Record<VerifyReport['status'], string> = {
    ok: `${colour.green('ok')}    ${name}: ${where} holds what it should`,
    failed: `${colour.red('fail')}  ${name}: ${where} is not what it should be`,
    unavailable: `${colour.yellow('open')}  ${name}: not everything could be looked at`,
  };
  const run = report.run === null ? '' : `run ${report.run}, `;
  return `${words[report.status]}   ${colour.dim(`${run}took ${duration(report.seconds)}`)}`;
};

const WORDS: Readonly<Record<VerifyCheck['id'], string>> = {
  identity: 'server',
  content: 'rows',
  sequences: 'sequences',
  'large-objects': 'objects',
  catalog: 'catalog',
  settings: 'settings',
  unique: 'unique keys',
  indexes: 'indexes',
  pages: 'pages',
  encoding: 'encoding',
  'old-source': 'old source',
  dump: 'dump',
  password: 'password',
};

const PAD = Math.max(...Object.values(WORDS).map((word) => word.length));

const statusWord = (status: CheckStatus, style: Style): string => {
  const colour = paint(style);
  const words: Record<CheckStatus, string> = {
    ok: colour.green('ok  '),
    failed: colour.red('fail'),
    skipped: colour.dim('--  '),
    unavailable: colour.yellow('open'),
  };
  return words[status];
};

const checkText = (
  { id, database, status, summary, findings }: VerifyCheck,
  several: boolean,
  style: Style,
): string => {
  const width = widthOf(style);
  const label = (status === 'ok' ? paint(style).dim : paint(style).bold)(WORDS[id].padEnd(PAD));
  const named = several && database !== null ? `${database}: ` : '';
  const head = `  ${statusWord(status, style)}  ${label}  ${wrap(masked(`${named}${summary}`), width, PAD + 10)}`;
  const lines = findings.slice(0, SHOWN).map((line) => `        - ${wrap(masked(line), width, 10)}`);
  const rest = findings.length - SHOWN;
  return [head, ...lines, ...(rest > 0 ? [`        - and ${grouped(rest)} more`] : [])].join('\n');
};

const writtenText = ({ tables }: VerifyReport, several: boolean, style: Style): string[] => {
  const colour = paint(style);
  const written = tables.filter(({ status }) => status === 'written' || status === 'unproven');
  if (written.length === 0) return [];
  const head = ['table', 'rows then', 'now', 'inserted', 'updated', 'deleted', ''].map((text) => colour.dim(text));
  const rows = written
    .toSorted((a, b) => b.inserted + b.updated + b.deleted - (a.inserted + a.updated + a.deleted))
    .slice(0, SHOWN)
    .map((one) => [
      safe(several ? `${one.database}: ${one.table}` : one.table),
      ...[one.rowsThen, one.rowsNow ?? 0, one.inserted, one.updated, one.deleted].map(grouped),
      one.status === 'unproven' ? 'by whom is not known' : '',
    ]);
  const title = colour.bold(`Written since the move  ${grouped(written.length)} of ${grouped(tables.length)} tables`);
  return [`${title}\n${table([head, ...rows], [false, true, true, true, true, true, false])}`];
};
