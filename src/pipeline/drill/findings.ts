import type { ErrorCode } from '../../errors/codes.js';
import { DbctlError } from '../../errors/dbctl-error.js';
import type { DrillCode, DrillFinding, DrillPart } from '../../report/drill-report.js';

/** What an error says of the backup itself; `undefined`: nothing, the drill could not be carried through. */
const OF_THE_BACKUP: Readonly<Partial<Record<ErrorCode, Pick<DrillFinding, 'code'>>>> = {
  ARTIFACT_CORRUPT: { code: 'DRILL_CORRUPT' },
  EVIDENCE_DIFFERS: { code: 'DRILL_CORRUPT' },
  RESTORE_FAILED: { code: 'DRILL_CORRUPT' },
  BACKUP_NOT_FOUND: { code: 'DRILL_INCOMPLETE' },
};

export function findingOf(service: string, error: DbctlError): DrillFinding | undefined {
  const found = OF_THE_BACKUP[error.code];
  return found && { ...found, text: textOf(error), details: error.details, next: nextOf(service, error) };
}

/** What kept the drill from being carried through, with a way on: the backup may be as it should be. */
export function unrelated(service: string, error: DbctlError): DbctlError {
  const { code, where, value, details, next } = error;
  return new DbctlError(code, saidIn(error), {
    ...(where === undefined ? {} : { where }),
    ...(value === undefined ? {} : { value }),
    details,
    next: next ?? `mend that, then dbctl drill ${service}: nothing was found out about the backup`,
    cause: error,
  });
}

const textOf = (error: DbctlError): string => `${saidIn(error)}${error.where === undefined ? '' : ` (${error.where})`}`;

/** A program in the toolbox says in the last line of its log what it found; its exit code tells nobody anything. */
const saidIn = ({ message, details }: DbctlError): string =>
  details.findLast((line) => SAID.test(line))?.replace(SAID, '') ?? message;

const SAID = /^\d\d:\d\d:\d\d failed: /;

function nextOf(service: string, { code, next }: DbctlError): string {
  if (code === 'RESTORE_FAILED' && next !== undefined) return next;
  if (code === 'EVIDENCE_DIFFERS')
    return `dbctl verify ${service} reads the live database; then dbctl backup ${service} and dbctl drill ${service}`;
  return anew(service);
}

/** What was damaged on its way or where it lies is there once more after a new backup. */
export const anew = (service: string): string =>
  `dbctl backup ${service}, then dbctl drill ${service}; until then an earlier one: dbctl drill ${service} --from <id>`;

/** From nothing to a compared database. What is looked at beyond that costs nobody time who restores for real. */
export const rtoOf = (parts: readonly DrillPart[]): number | null => {
  const counted = parts.filter(({ id }) => id !== 'check');
  if (!counted.some(({ id }) => id === 'verify')) return null;
  return Math.round(counted.reduce((sum, { seconds }) => sum + seconds, 0) * 10) / 10;
};

export function slowFinding(service: string, parts: readonly DrillPart[], budget: number | null): DrillFinding[] {
  const rto = rtoOf(parts);
  if (rto === null || budget === null || rto <= budget) return [];
  return [
    {
      code: 'DRILL_SLOW',
      text: `it took ${rto} s, the budget is ${budget} s`,
      details: parts.filter(({ id }) => id !== 'check').map(({ id, seconds }) => `${id}: ${seconds} s`),
      next: `what takes longest is above: a nearer target for fetch, more CPU for the others; or a larger drill.rto of ${service}`,
    },
  ];
}

export function staleFinding(service: string, ageSeconds: number | null, most: number): DrillFinding[] {
  if (ageSeconds === null || ageSeconds <= most) return [];
  const hours = (seconds: number): string => `${Math.round(seconds / 360) / 10} h`;
  const short = (seconds: number): string => (seconds < 3600 ? `${Math.round(seconds)} s` : hours(seconds));
  return [
    {
      code: 'DRILL_STALE',
      text: `the newest copy is ${short(ageSeconds)} old, at most ${short(most)} are allowed`,
      details: [],
      next: `dbctl backup ${service}; dbctl backups ${service} tells why none came by itself`,
    },
  ];
}

/** Worst first: what cannot be restored outweighs what is old or slow. */
const ORDER: readonly DrillCode[] = ['DRILL_CORRUPT', 'DRILL_INCOMPLETE', 'DRILL_STALE', 'DRILL_SLOW'];

export const worstFirst = (findings: readonly DrillFinding[]): DrillFinding[] =>
  findings.toSorted((a, b) => ORDER.indexOf(a.code) - ORDER.indexOf(b.code));
