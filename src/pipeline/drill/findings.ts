import type { ErrorCode } from '../../errors/codes.js';
import type { DbctlError } from '../../errors/dbctl-error.js';
import type { DrillCode, DrillFinding, DrillPart } from '../../report/drill-report.js';

/** What an error says of the backup itself; `undefined`: nothing, the drill could not be carried through. */
const OF_THE_BACKUP: Readonly<Partial<Record<ErrorCode, Pick<DrillFinding, 'code'>>>> = {
  ARTIFACT_CORRUPT: { code: 'DRILL_CORRUPT' },
  EVIDENCE_DIFFERS: { code: 'DRILL_CORRUPT' },
  RESTORE_FAILED: { code: 'DRILL_CORRUPT' },
  BACKUP_NOT_FOUND: { code: 'DRILL_INCOMPLETE' },
};

export function findingOf({ code, message, where, details }: DbctlError): DrillFinding | undefined {
  const found = OF_THE_BACKUP[code];
  return found && { ...found, text: `${message}${where === undefined ? '' : ` (${where})`}`, details };
}

/** From nothing to a compared database. What is looked at beyond that costs nobody time who restores for real. */
export const rtoOf = (parts: readonly DrillPart[]): number | null => {
  const counted = parts.filter(({ id }) => id !== 'check');
  if (!counted.some(({ id }) => id === 'verify')) return null;
  return Math.round(counted.reduce((sum, { seconds }) => sum + seconds, 0) * 10) / 10;
};

export function slowFinding(rto: number | null, budget: number | null): DrillFinding[] {
  if (rto === null || budget === null || rto <= budget) return [];
  return [{ code: 'DRILL_SLOW', text: `it took ${rto} s, the budget is ${budget} s`, details: [] }];
}

export function staleFinding(ageSeconds: number | null, most: number): DrillFinding[] {
  if (ageSeconds === null || ageSeconds <= most) return [];
  const hours = (seconds: number): string => `${Math.round(seconds / 360) / 10} h`;
  return [
    {
      code: 'DRILL_STALE',
      text: `the newest copy is ${hours(ageSeconds)} old, at most ${hours(most)} are allowed`,
      details: [],
    },
  ];
}

/** Worst first: what cannot be restored outweighs what is old or slow. */
const ORDER: readonly DrillCode[] = ['DRILL_CORRUPT', 'DRILL_INCOMPLETE', 'DRILL_STALE', 'DRILL_SLOW'];

export const worstFirst = (findings: readonly DrillFinding[]): DrillFinding[] =>
  findings.toSorted((a, b) => ORDER.indexOf(a.code) - ORDER.indexOf(b.code));
