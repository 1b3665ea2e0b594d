import type { Victim } from './victim.js';

/** One way to hold it wrong, and what dbctl must say. */
export interface BadInput {
  /** Kebab-case; also the anchor in docs/bad-input.md. */
  readonly id: string;
  /** For a person: what is wrong. */
  readonly input: string;
  readonly exit: number;
  readonly code: string;
  /** The wrong value must be in the message. */
  readonly says: RegExp;
  /** The next step must be one that a person can take. */
  readonly next: RegExp;
  /** Default: `migrate victim` with everything confirmed, so that nothing but the refusal holds it back. */
  readonly args?: readonly string[];
  /** Part of what cannot be equal before and after: another run is at work on purpose, or this one has left its journal. */
  readonly except?: readonly string[];
  readonly arrange: (victim: Victim) => Promise<unknown> | unknown;
}

export const MIGRATE: readonly string[] = ['migrate', 'victim', '--no-rehearse', '--yes', '--confirm', 'victim'];
/** For what is allowed but worth knowing: the plan says it, and goes on. */
export const PLAN: readonly string[] = ['plan', 'victim'];

export const nothing = (): void => undefined;
export const replaced = (from: string | RegExp, to: string) => (text: string) => text.replace(from, to);
