import { pause } from '../../e2e/expectations.js';
import { OPENING } from './boundaries.js';
import type { Ended, Hit, Killer, Want } from './killer.js';

/** What became of one kill: the command that came next got past it, or did not. */
export interface Outcome extends Hit {
  readonly ok: boolean;
  /** Until the journal said that the row had ended, or the next kill came. */
  readonly seconds: number;
  /** What dbctl said when it did not get past it. */
  readonly why?: string;
}

export interface Chain {
  readonly outcomes: readonly Outcome[];
  readonly last: Ended;
}

export interface Verb {
  readonly begin: readonly string[];
  /** What an operator types after such a kill. */
  readonly resume: (hit: Hit) => readonly string[];
  /** How its report calls a good end. */
  readonly ends: string;
}

/** Where to kill next, knowing where it was killed already. */
export type Kills = (been: readonly Hit[]) => Want;

const LIMIT = 300;

/**
 * One run, killed and resumed until nothing more is wanted of it. Every second resume comes from a machine without the
 * run's files. A resume that fails is told, then tried again undisturbed, so that the rest of the chain is still seen.
 */
export async function chain(killer: Killer, verb: Verb, kills: Kills): Promise<Chain> {
  const outcomes: Outcome[] = [];
  let machine = killer;
  let last = await machine.run(verb.begin, kills([]));
  for (let n = 0; last.hit !== undefined && n < LIMIT; n++) {
    const { hit } = last;
    machine = n % 2 === 0 ? machine.elsewhere() : machine;
    last = await goOn(machine, verb, hit, kills([...outcomes, hit]));
    const ok = last.hit !== undefined || endedWell(verb, last);
    const seconds = last.rows.get(hit.row) ?? last.seconds;
    if (process.env['DBCTL_TRACE'])
      process.stdout.write(`${JSON.stringify(hit)} ${seconds} ${ok ? 'ok' : explained(last)}\n`);
    outcomes.push({ ...hit, ok, seconds, ...(ok ? {} : { why: explained(last) }) });
    if (!ok) last = await machine.run(verb.resume(hit), kills([...outcomes, hit]));
  }
  return { outcomes, last };
}

/** As an operator does: the same command again, and `--resume` when it is asked for. */
async function goOn(machine: Killer, verb: Verb, hit: Hit, want: Want): Promise<Ended> {
  if (hit.row !== OPENING) return await machine.run(verb.resume(hit), want);
  const again = await oncePossible(() => machine.run(verb.begin, want));
  return again.report.error?.code === 'RUN_UNFINISHED' ? await machine.run(verb.resume(hit), want) : again;
}

/** A lock whose id nobody heard frees itself within a minute, as dbctl says. */
async function oncePossible(run: () => Promise<Ended>): Promise<Ended> {
  for (const until = Date.now() + 90_000; ; await pause(2_000)) {
    const ended = await run();
    if (ended.report.error?.code !== 'RUN_LOCKED' || Date.now() > until) return ended;
  }
}

/** A run that was killed when all was done is not begun again. */
export const endedWell = ({ ends }: Verb, { code, report }: Ended): boolean =>
  code === 0 && [ends, 'nothing-to-do'].includes(report.status);

export const explained = ({ code, report, stderr }: Ended): string =>
  `exit ${code}, ${report.error?.code ?? report.status}: ${report.error?.message ?? ''} ${(report.error?.details ?? []).join('; ')}\n${stderr.slice(-1500)}`;
