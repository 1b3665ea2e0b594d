import type { DoctorFinding } from '../../../src/report/doctor-report.js';
import type { Kit } from './kit.js';

/** Who carries the fix out: the command or the SQL that the finding prints, `--fix`, or a person who does what it says. */
export type Mender = 'its command' | 'its SQL' | '--fix' | 'by hand';

/** One way in which a healthy cluster is broken by real means, and doctor's own fix carried out. */
export interface WorldRow {
  /** The check that is to be named first. */
  readonly id: string;
  /** What is done to the cluster: docs/doctor.md shows it. */
  readonly broken: string;
  /** Words of the evidence. */
  readonly says: RegExp;
  readonly by: Mender;
  readonly breakIt: (kit: Kit) => Promise<unknown>;
  /** Does what `found.fix` says, and fails when it does not say it. */
  readonly mend: (kit: Kit, found: DoctorFinding) => Promise<unknown>;
  /** What is left to be put back, mended or not. Repeatable. */
  readonly putBack?: (kit: Kit) => Promise<unknown>;
}

/** That piece of the fix which the pattern's first group takes. */
export function piece(fix: string, pattern: RegExp): string {
  const found = pattern.exec(fix)?.[1];
  if (found === undefined) throw new Error(`the fix does not say ${String(pattern)}: ${fix}`);
  return found;
}

/** For what a person has to do: the fix has to ask for exactly that. */
export const asks = (fix: string, pattern: RegExp): void => {
  if (!pattern.test(fix)) throw new Error(`the fix does not ask for ${String(pattern)}: ${fix}`);
};
