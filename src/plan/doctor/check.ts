import type { DoctorCheck, DoctorFinding, DoctorGroup } from '../../report/doctor-report.js';
import type { DoctorSources, Given, Seen, Source } from './facts.js';

/** A finding as a check writes it: whoever is told something is told what to do. */
export type Found = Omit<DoctorFinding, 'service'> & { readonly service?: string | null };

/** What was seen when all is well, or what is wrong, or why nothing could be seen. */
export type Looked = string | readonly Found[] | { readonly unknown: string };

export interface Check {
  /** Kebab-case, never renamed: people and scripts name it. */
  readonly id: string;
  readonly group: DoctorGroup;
  /** What is looked at, as a noun. */
  readonly title: string;
  /** What goes wrong where it is not so. */
  readonly why: string;
  /** Checks without which this one would only repeat their words. */
  readonly needs: readonly string[];
  readonly reads: readonly Source[];
  readonly look: (facts: DoctorSources & Given) => Looked;
}

type Own<S extends Source> = Omit<Check, 'reads' | 'look' | 'group' | 'needs'> & {
  readonly needs?: readonly string[];
  readonly reads: readonly S[];
  readonly look: (facts: Pick<DoctorSources, S> & Given) => Looked;
};

/** The checks of one group; each sees only the sources that it names. */
export const checksOf =
  (group: DoctorGroup, base: readonly string[] = []) =>
  <S extends Source>(own: Own<S>): Check => ({ ...own, group, needs: own.needs ?? base });

/** All is well where nothing was found. */
export const found = (findings: readonly Found[], well: string): Looked => (findings.length === 0 ? well : findings);

export type SeenSources = { readonly [S in Source]: Seen<DoctorSources[S]> };

/** One check on what was seen. Pure. A source that could not be read makes it `unknown`. */
export function lookAt(check: Check, seen: Partial<SeenSources>, given: Given): DoctorCheck {
  const { id, group, title, why } = check;
  const base = { id, group, title, why };
  const gaps = check.reads.flatMap((source) => gapOf(seen[source]));
  if (gaps[0] !== undefined) return { ...base, status: 'unknown', text: gaps[0], findings: [] };
  const looked = check.look({ ...values(check.reads, seen), ...given } as DoctorSources & Given);
  if (typeof looked === 'string') return { ...base, status: 'ok', text: looked, findings: [] };
  if ('unknown' in looked) return { ...base, status: 'unknown', text: looked.unknown, findings: [] };
  const findings = looked.map((one): DoctorFinding => ({ service: null, ...one }));
  return { ...base, status: findings.some(({ level }) => level === 'fail') ? 'fail' : 'warn', text: '', findings };
}

const gapOf = (source: Seen<unknown> | undefined): string[] => {
  if (source === undefined) return ['it was not read'];
  return 'gap' in source ? [`${source.gap.text}: ${source.gap.next}`] : [];
};

const values = (reads: readonly Source[], seen: Partial<SeenSources>): object =>
  Object.fromEntries(reads.map((source) => [source, (seen[source] as { value: unknown }).value]));

/** Without a need that holds, there is nothing to be said. A need that was left out on purpose does not count. */
export function skippedFor(check: Check, done: ReadonlyMap<string, DoctorCheck>): DoctorCheck | undefined {
  const broken = check.needs.find((id) => blocks(done.get(id)));
  if (broken === undefined) return undefined;
  const { id, group, title, why } = check;
  return { ...{ id, group, title, why }, status: 'skipped', text: `needs ${broken}`, findings: [] };
}

const blocks = (need: DoctorCheck | undefined): boolean =>
  need !== undefined && need.status !== 'ok' && need.status !== 'warn';
