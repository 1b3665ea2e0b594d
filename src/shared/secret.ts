import { inspect } from 'node:util';

export const REDACTED = '[secret]';

/** A value that prints, inspects and serialises as `[secret]`. What was revealed once is known to `redact` from then on. */
export class Secret {
  // Of the process, not of a caller: whoever reveals a value must not have to think of telling somebody.
  static readonly #revealed = new Set<string>();
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** Every value that somebody has been given in clear. */
  static get revealed(): ReadonlySet<string> {
    return Secret.#revealed;
  }

  reveal(): string {
    Secret.#revealed.add(this.#value);
    return this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}
