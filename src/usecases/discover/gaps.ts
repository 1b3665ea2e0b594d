import { DbctlError } from '../../errors/dbctl-error.js';
import type { Gap } from '../../plan/discover/types.js';

/** What cannot be looked at is named and left out; the rest is told all the same. */
export class Gaps {
  readonly all: Gap[] = [];

  /** `undefined` when it fails by an error that is somebody's answer; a bug is thrown on. */
  async around<T>(source: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      this.all.push({ source, why: reasonOf(error) });
      return undefined;
    }
  }
}

export function reasonOf(error: unknown): string {
  if (!(error instanceof DbctlError) || error.code === 'INTERNAL') throw error;
  return [error.message, error.value].filter((text) => text !== undefined).join(': ');
}
