import type { DoctorCheck } from '../../report/doctor-report.js';
import type { ReportDocument } from '../../report/report-document.js';
import type { ReportPage, Tone } from '../../report/report-page.js';
import type { Reason } from '../../report/status-report.js';
import { bytes, grouped, safe } from '../text.js';
import { drillPlot } from './plot.js';
import { pageRun } from './runs.js';
import { pageFinding, pageService, sharedDatabases, sharedTold, told } from './services.js';

/** What the template of the page is filled with. Pure. */
export function reportPage(document: ReportDocument): ReportPage {
  const { status, services, runs, unreadable } = document;
  const largest = Math.max(0, ...status.services.map((row) => row.bytes ?? 0));
  return {
    at: instant(document.at),
    tiles: tiles(document),
    services: status.services.map((row) => pageService(row, largest)),
    shared: sharedTold(status.shared),
    databases: sharedDatabases(status.shared),
    findings: findings(document),
    plots: services.flatMap(({ row, drills }) => drillPlot(row.service, drills) ?? []),
    runs: runs.map(pageRun),
    unreadable: unreadable.map(safe),
  };
}

const instant = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;

function tiles({ status, services }: ReportDocument): ReportPage['tiles'] {
  const rows = status.services;
  const own = rows.filter(({ where }) => where.on === 'dedicated').length;
  const total = rows.reduce((sum, row) => sum + (row.bytes ?? 0), 0);
  const backed = rows.filter(({ backup }) => backup?.state === 'ok').length;
  const drilled = services.filter(({ drills }) => drills.at(-1)?.status === 'ok').length;
  return [
    { label: 'state', value: status.status, tone: told(status.status).tone },
    { label: 'services with a database of their own', value: part(own, rows.length), tone: 'none' },
    { label: 'backed up as they should be', value: part(backed, rows.length), tone: all(backed, rows.length) },
    { label: 'of their own, restored by their last drill', value: part(drilled, own), tone: all(drilled, own) },
    { label: 'data', value: bytes(total), tone: 'none' },
  ];
}

const part = (count: number, of: number): string => `${grouped(count)} / ${grouped(of)}`;

const all = (count: number, of: number): Tone => (count === of ? 'ok' : 'warn');

const ORDER = ['fail', 'warn', 'note'] as const;

/** Of status and of doctor, the worst first; what both name is told once. */
function findings({ status, doctor }: ReportDocument): ReportPage['findings'] {
  const told = status.services.flatMap(({ service, reasons }) => reasons.map((reason) => ({ service, reason })));
  const known = new Set(told.map(({ service, reason }) => `${service} ${reason.code}`));
  const more = doctor.checks.flatMap(doctorReasons).filter((one) => !known.has(`${one.service} ${one.reason.code}`));
  return ORDER.flatMap((wanted) =>
    [...told, ...more]
      .filter(({ reason }) => reason.level === wanted)
      .map(({ service, reason }) => pageFinding(service, reason)),
  );
}

/** A finding of no service alone stands under its group. */
const doctorReasons = ({ id, group, findings }: DoctorCheck): { service: string; reason: Reason }[] =>
  findings.map(({ level, service, evidence, fix }) => ({
    service: service ?? group,
    reason: { code: id, level, text: evidence, next: fix },
  }));
