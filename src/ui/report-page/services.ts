import { versionText } from '../../plan/image.js';
import type { PageFinding, PageService, ReportPage, Told, Tone } from '../../report/report-page.js';
import type { Reason, SharedStatus, StatusDatabase, StatusRow } from '../../report/status-report.js';
import { whereText } from '../status-text.js';
import { age, bytes, grouped, plural, safe } from '../text.js';

const NONE = '–';

const TONES: Readonly<Record<StatusRow['state'] | Reason['level'], Tone>> = {
  ok: 'ok',
  warn: 'warn',
  fail: 'fail',
  note: 'none',
};

export const told = (word: StatusRow['state'] | Reason['level']): Told => ({ text: word, tone: TONES[word] });

/** So that the mark of the target never stands at the very edge. */
const MARGIN = 1.15;

/** `largest`: bytes that a full bar stands for. */
export function pageService(row: StatusRow, largest: number): PageService {
  const { backup } = row;
  const scale = Math.max(backup?.age ?? 0, backup?.maxAge ?? 0) * MARGIN;
  return {
    name: safe(row.service),
    state: told(row.state),
    where: safe(whereText(row)),
    version: row.version === null ? NONE : versionText(row.version),
    size: row.bytes === null ? NONE : bytes(row.bytes),
    sizeShare: share(row.bytes ?? 0, largest),
    sessions: row.sessions === null ? NONE : grouped(row.sessions),
    backup: backupTold(row),
    ageShare: share(backup?.age ?? 0, scale),
    targetShare: share(backup?.maxAge ?? 0, scale),
    target: backup === null ? NONE : age(backup.maxAge),
    drill: drillTold(row),
  };
}

const share = (value: number, whole: number): number =>
  whole <= 0 || value <= 0 ? 0 : Math.max(1, Math.round((value / whole) * 1000) / 10);

function backupTold({ backup }: StatusRow): Told {
  if (backup === null) return { text: NONE, tone: 'none' };
  const when = backup.age === null ? [] : [age(backup.age)];
  if (backup.state === 'ok') return { text: when.join(''), tone: 'ok' };
  return { text: [...when, backup.state].join(', '), tone: backup.state === 'failed' ? 'fail' : 'warn' };
}

function drillTold({ drill, where }: StatusRow): Told {
  if (drill === null) return where.on === 'dedicated' ? { text: 'never', tone: 'warn' } : { text: NONE, tone: 'none' };
  return drill.status === 'ok'
    ? { text: `${age(drill.age)} ago`, tone: 'ok' }
    : { text: safe(`${age(drill.age)} ago, ${drill.status}`), tone: 'fail' };
}

export const pageFinding = (service: string, { level, code, text, next }: Reason): PageFinding => ({
  ...{ level: told(level), code: safe(code), service: safe(service), text: safe(text), next: safe(next ?? '') },
});

export function sharedTold(shared: SharedStatus): ReportPage['shared'] {
  const title = `Shared server ${safe(shared.job)}`;
  if (shared.state !== 'ok')
    return { title, text: safe(shared.why ?? shared.state), tone: shared.state === 'gone' ? 'none' : 'fail' };
  const parts = [
    `PostgreSQL ${versionText(shared.version ?? 0)}`,
    `${grouped(shared.sessions ?? 0)} of ${plural(shared.maxConnections ?? 0, 'session')}`,
  ];
  return { title, text: parts.join(', '), tone: 'none' };
}

const KINDS: Readonly<Record<'used' | 'keptAside' | 'orphans', Told>> = {
  used: { text: 'in use', tone: 'none' },
  keptAside: { text: 'kept for a way back', tone: 'none' },
  orphans: { text: 'of no service', tone: 'warn' },
};

export const sharedDatabases = (shared: SharedStatus): ReportPage['databases'] =>
  (['used', 'keptAside', 'orphans'] as const).flatMap((kind) =>
    shared[kind].map((one) => pageDatabase(one, KINDS[kind])),
  );

const pageDatabase = (one: StatusDatabase, kind: Told): ReportPage['databases'][number] => ({
  ...{ name: safe(one.name), kind, size: bytes(one.bytes), sessions: grouped(one.sessions) },
});
