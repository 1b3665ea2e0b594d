/** A folder of programs or tools on the backup volume, named by the first digits of what it holds. */
export interface PinnedFolder {
  readonly path: string;
  /** Untouched for as long as that, by the clock of its node. */
  readonly idleSeconds: number;
}

/** Somebody may be about to register a job that names one which was just put there, or found there. */
export const IDLE_SECONDS = 7 * 86_400;

/**
 * Which folders nothing names any more. `texts`: everything that may name one; the twelve digits alone are looked for, so that
 * whoever names them in another way keeps them too. Pure.
 */
export function unusedPrograms(folders: readonly PinnedFolder[], texts: readonly string[]): string[] {
  const isNamed = (pin: string): boolean => texts.some((text) => text.includes(pin));
  return folders
    .filter(({ path, idleSeconds }) => {
      const pin = PINNED.exec(path)?.[1];
      return pin !== undefined && idleSeconds > IDLE_SECONDS && !isNamed(pin);
    })
    .map(({ path }) => path);
}

/** Nothing else on the volume may ever go this way. */
const PINNED = /^\/backups\/(?:[^/]+\/programs|\.tools)\/([0-9a-f]{12})$/;
