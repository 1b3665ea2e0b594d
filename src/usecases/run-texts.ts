import { packed, unpacked } from '../shared/packed-text.js';

/** What every run keeps of its beginning, whichever pipeline it is for. */
export interface Kept {
  readonly run: string;
  /** The folder of dbctl.yaml where the run began; absolute paths below it belong to that machine. */
  readonly home: string;
}

/** A Nomad Variable holds 64 KiB, and the journal lies in the same one. */
const MOST_CHARACTERS = 36 * 1024;

/**
 * For the journal's variable, so that another machine can go on. Nomad keeps variables encrypted, and has the jobspecs anyway.
 * Empty when it is too long: then only the machine that began, or the backup volume, has it.
 */
export function textsFor(kept: Kept): string {
  const text = packed(JSON.stringify(kept));
  return text.length <= MOST_CHARACTERS ? text : '';
}

/** What `textsFor` made for that run; `undefined` when there is nothing, or another run's. */
export function textsOf<T extends Kept>(texts: string | undefined, run: string): T | undefined {
  if (!texts) return undefined;
  const kept = JSON.parse(unpacked(texts)) as T;
  return kept.run === run ? kept : undefined;
}

/** A path that was written where the run began, as it is here. */
export const moved = (path: string, { from, to }: { from: string | undefined; to: string }): string =>
  from !== undefined && path.startsWith(`${from}/`) ? `${to}${path.slice(from.length)}` : path;
