import type { BackupsRow } from '../../src/report/backups-report.js';
import type { DoctorCheck, DoctorFinding, DoctorReport } from '../../src/report/doctor-report.js';
import type { ReportDocument, ReportedRun } from '../../src/report/report-document.js';
import type { ServiceStatusReport, SharedStatus, StatusReport, StatusRow } from '../../src/report/status-report.js';

const AT = '2026-11-28T12:00:00.000Z';

export const statusRow = (more: Partial<StatusRow> = {}): StatusRow => ({
  service: 'speedtest',
  where: { on: 'dedicated', job: 'speedtest', address: '127.0.0.1:5433' },
  ...{ version: 160_004, bytes: 18_500_000, sessions: 3 },
  backup: { state: 'ok', age: 34_200, maxAge: 93_600, why: null },
  drill: { at: '2026-11-25T04:00:00Z', age: 288_000, status: 'ok', seconds: 12 },
  ...{ state: 'ok', reasons: [] },
  ...more,
});

export const late = (): StatusRow =>
  statusRow({
    service: 'freshrss',
    where: { on: 'dedicated', job: 'freshrss', address: '127.0.0.1:5435' },
    bytes: 96_000_000,
    backup: { state: 'late', age: 111_600, maxAge: 93_600, why: null },
    drill: null,
    state: 'warn',
    reasons: [
      {
        code: 'backup-late',
        level: 'warn',
        text: 'the newest backup is older than it may be',
        next: 'dbctl backup freshrss',
      },
      { code: 'drill-never', level: 'warn', text: 'no backup of it was ever restored', next: 'dbctl drill freshrss' },
    ],
  });

export const unmoved = (): StatusRow =>
  statusRow({
    service: 'gitea',
    where: { on: 'shared', job: 'postgresql', address: null },
    ...{ bytes: 412_000_000, sessions: 8, drill: null, state: 'fail' },
    backup: { state: 'failed', age: null, maxAge: 93_600, why: 'no space' },
    reasons: [
      { code: 'backup-failed', level: 'fail', text: 'no space', next: 'dbctl backup gitea' },
      { code: 'not-migrated', level: 'warn', text: 'it has no database of its own', next: 'dbctl migrate gitea' },
    ],
  });

export const sharedStatus = (more: Partial<SharedStatus> = {}): SharedStatus => ({
  ...{ job: 'postgresql', state: 'ok', why: null, version: 160_004, sessions: 9, maxConnections: 100 },
  used: [{ name: 'gitea', bytes: 412_000_000, sessions: 8, open: true }],
  keptAside: [{ name: 'speedtest__old_20261120_211530_ab12', bytes: 18_000_000, sessions: 0, open: false }],
  orphans: [
    { name: 'uptimekuma', bytes: 7_900_000, sessions: 0, open: true, sessionsSeen: 0, since: '2026-10-29T00:00:00Z' },
  ],
  ...more,
});

export const statusReport = (rows: readonly StatusRow[], more: Partial<StatusReport> = {}): StatusReport => ({
  ...{ schema: 'dbctl.status/1', at: AT, status: 'ok', services: rows, shared: sharedStatus(), exitCode: 0 },
  ...more,
});

const backups = (): BackupsRow => ({
  ...{ service: 'speedtest', on: 'dedicated', job: 'speedtest', state: 'ok', why: null },
  newest: { id: '000028-20261128T023000Z', started: '2026-11-28T02:30:00Z', age: 34_200, bytes: 3_100_000 },
  ...{ maxAge: 93_600, sets: 14, offsite: 12, targets: [], pinned: 1, sizes: [1, 2], lastAttempt: null, drill: null },
  ...{ next: '2026-11-29T02:30:00Z', problem: null },
});

export const servicePage = (more: Partial<ServiceStatusReport> = {}): ServiceStatusReport => ({
  ...{ schema: 'dbctl.service-status/1', at: AT, row: statusRow(), exitCode: 0 },
  server: {
    ...{ job: 'speedtest', address: '127.0.0.1:5433', version: 160_004, started: '2026-11-20T12:00:00Z' },
    ...{ sessions: 4, maxConnections: 100 },
  },
  volumes: [
    { holds: 'data', kind: 'dynamic', name: 'speedtest_postgres_data' },
    { holds: 'backups', kind: 'dynamic', name: 'db-backups' },
  ],
  databases: [{ name: 'speedtest', bytes: 18_500_000, sessions: 3, open: true }],
  journal: {
    ...{ run: '20261127-175000-ab12', phase: 'migrated', startedAt: '2026-11-27T17:50:00Z' },
    ...{ settledAt: '2026-11-27T18:00:00Z', restore: null },
  },
  undo: {
    ...{ command: 'dbctl rollback speedtest', kept: ['speedtest__old_20261127_175000_ab12'], proof: null },
    finalizeFrom: '2026-11-28T18:00:00.000Z',
  },
  backups: [
    {
      row: backups(),
      sets: [
        {
          ...{ id: '000028-20261128T023000Z', kind: 'scheduled', started: '2026-11-28T02:30:00Z', age: 34_200 },
          ...{ databases: ['speedtest'], rows: 52_110, bytes: 3_100_000, pinned: false, receipts: [] },
        },
      ],
      failures: [],
    },
  ],
  drills: [
    { at: '2026-11-04T04:00:00Z', status: 'ok', seconds: 8 },
    { at: '2026-11-11T04:00:00Z', status: 'ok', seconds: 9.5 },
    { at: '2026-11-18T04:00:00Z', status: 'failed', seconds: 21 },
    { at: '2026-11-25T04:00:00Z', status: 'ok', seconds: 12 },
  ],
  ...more,
});

export const reportedRun = (more: Partial<ReportedRun> = {}): ReportedRun => ({
  ...{ kind: 'migrate', service: 'speedtest', run: '20261127-175000-ab12', status: 'ok', downtimeSeconds: 3.4 },
  databases: [
    {
      ...{ database: 'speedtest', match: true, catalogDiff: [] },
      tables: [
        { name: 'public.results', rows: 52_000, digest: '9f2c41d07a', match: true },
        { name: 'public.users', rows: 110, digest: '00ab34e1c9', match: true },
      ],
      sequences: { count: 2, match: true },
      largeObjects: { count: 0, match: true },
    },
  ],
  ...more,
});

/** Status tells of the late backup too; nobody but doctor of the policy. */
export const doctorReport = (): DoctorReport => ({
  ...{
    schema: 'dbctl.doctor/1',
    at: AT,
    status: 'fail',
    seconds: 2.5,
    inventory: 'dbctl.yaml',
    servers: [],
    repairs: [],
    exitCode: 4,
  },
  checks: [
    doctorCheck('backups', 'backup-late', {
      level: 'fail',
      service: 'freshrss',
      evidence: '31 h old',
      fix: 'back it up',
    }),
    doctorCheck('vault', 'workload-policy', { level: 'fail', service: null, evidence: 'no policy', fix: 'write it' }),
  ],
});

const doctorCheck = (group: DoctorCheck['group'], id: string, finding: DoctorFinding): DoctorCheck => ({
  ...{ id, group, title: id, why: 'it matters', status: finding.level, text: '', findings: [finding] },
});

export const reportDocument = (more: Partial<ReportDocument> = {}): ReportDocument => ({
  ...{ schema: 'dbctl.report/1', at: AT, unreadable: [] },
  status: statusReport([statusRow(), late(), unmoved()], { status: 'fail', exitCode: 2 }),
  services: [servicePage(), servicePage({ row: late(), drills: [] }), servicePage({ row: unmoved(), drills: [] })],
  runs: [reportedRun()],
  doctor: doctorReport(),
  ...more,
});
