import type { Proof } from '../pipeline/proof.js';
import { agoText } from './loss-text.js';

/** `proven 2 h ago, ~14 s, carries 312 rows beyond those moved`. */
export function proofText({ at, seconds, rows, movedRows }: Proof, now: Date): string {
  const more = movedRows === null ? `${rows} rows` : `${rows - movedRows} rows beyond the ${movedRows} that were moved`;
  return `proven ${agoText(at, now)}, ~${Math.max(1, Math.round(seconds))} s, carries ${more}`;
}

export const wayBackText = (proof: Proof | undefined, now: Date): string =>
  `The way back was ${proof ? proofText(proof, now) : 'not proven since the move'}.`;
