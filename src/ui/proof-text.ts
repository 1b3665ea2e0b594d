import type { ProofRound } from '../report/proof-report.js';
import { paint, type Style } from './style.js';
import { safe } from './text.js';

/** `2026-11-20T21:15:30Z  ok     speedtest  proven now, ~14 s, carries 312 rows …`: one line, for logs too. */
export function proofLine(round: ProofRound, style: Style): string {
  const colour = paint(style);
  const word = {
    proven: colour.green('ok  '),
    failed: colour.red('fail'),
    skipped: colour.yellow('skip'),
    over: colour.dim('over'),
  }[round.status];
  return `${round.at.slice(0, 19)}Z  ${word}  ${safe(round.service)}  ${safe(round.text)}`;
}
