import type { NomadJob } from '../../ports/nomad.js';
import type { JournalLook } from './facts.js';

const THROWAWAY = /^dbctl-(?:rehearse|rescue|drill|look)-.+-(\d{8}-\d{6}-[a-z2-7]{4})$/;
/** A drill has no journal, so one that is younger may still be at work. */
const OLD_MS = 6 * 3_600_000;

/** Jobs of dbctl's own that no run which goes on needs any more. */
export const leftoverJobs = (jobs: readonly NomadJob[], journals: readonly JournalLook[], now: Date): string[] =>
  jobs.flatMap(({ ID, SubmitTime }) => {
    const run = THROWAWAY.exec(ID)?.[1];
    const running = journals.some((journal) => journal.run === run && (journal.resume !== null || journal.locked));
    const age = typeof SubmitTime === 'number' ? now.getTime() - SubmitTime / 1e6 : 0;
    return run !== undefined && !running && age > OLD_MS ? [ID] : [];
  });
