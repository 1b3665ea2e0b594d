/** The only table of exit codes (docs/errors.md is generated from it). */
export const EXIT = {
  ok: 0,
  bug: 1,
  changesPending: 2,
  refused: 3,
  verificationFailed: 4,
  unavailable: 5,
  locked: 6,
  unknown: 7,
  usage: 64,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_MEANING: Record<ExitCode, string> = {
  0: 'ok',
  1: 'a bug in dbctl',
  2: 'changes pending or warnings (only with an opt-in flag)',
  3: 'refused as unsafe; nothing was changed',
  4: 'verification failed',
  5: 'a dependency is unavailable',
  6: 'locked, or changed by somebody else meanwhile',
  7: 'outcome unknown: run again with --resume',
  64: 'bad usage or bad inventory',
  130: 'interrupted; the run can be resumed',
};
