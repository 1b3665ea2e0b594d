import type { DoctorCheck } from '../../report/doctor-report.js';
import { type Check, lookAt, type SeenSources, skippedFor } from './check.js';
import type { DoctorSources, Given, Seen, Source } from './facts.js';

/** Each source as it comes; never rejects: what cannot be read is a gap. */
export type Coming = { readonly [S in Source]: () => Promise<Seen<DoctorSources[S]>> };

/**
 * Every check, each as soon as its sources are there and the checks that it needs are done: `done` is told at once. The
 * result is in the order of the checks, which must name what they need before themselves.
 */
export async function runChecks(
  checks: readonly Check[],
  coming: Coming,
  given: Given,
  done: (check: DoctorCheck) => void = () => undefined,
): Promise<DoctorCheck[]> {
  const results = new Map<string, Promise<DoctorCheck>>();
  for (const check of checks) {
    const needed = check.needs.flatMap((id) => results.get(id) ?? []);
    const result = one(check, needed, coming, given).then((looked) => {
      done(looked);
      return looked;
    });
    results.set(check.id, result);
  }
  return await Promise.all(results.values());
}

async function one(
  check: Check,
  needed: readonly Promise<DoctorCheck>[],
  coming: Coming,
  given: Given,
): Promise<DoctorCheck> {
  const before = await Promise.all(needed);
  const skipped = skippedFor(check, new Map(before.map((result) => [result.id, result])));
  if (skipped !== undefined) return skipped;
  const sources = await Promise.all(check.reads.map(async (source) => [source, await coming[source]()] as const));
  return lookAt(check, Object.fromEntries(sources) as Partial<SeenSources>, given);
}
