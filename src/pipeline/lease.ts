import type { Clock } from '../ports/clock.js';

/** How old the server's last word on the lock may be when something is changed. Renewals come more often than that. */
const FRESH_MS = 8_000;

/** What this process knows of its hold on the lock. */
export interface Lease {
  /** Asks the server now. Throws LOCK_LOST when another holds it, or nobody. */
  renew(): Promise<void>;
  /** Asks only when the last word is old: this process was stopped, the machine slept, or Nomad was not to be reached. */
  ensure(): Promise<void>;
}

/**
 * The last word counts from when it was asked for. Two clocks: one that stands still while the machine sleeps, and one that
 * can be set; whichever says that more time has passed is believed.
 */
export function leaseOf(clock: Clock, renewLock: () => Promise<void>): Lease {
  const moment = () => ({ monotonic: clock.monotonic(), wall: clock.now().getTime() });
  let asked = moment();
  const renew = async (): Promise<void> => {
    const now = moment();
    await renewLock();
    asked = now;
  };
  return {
    renew,
    ensure: async () => {
      const now = moment();
      if (Math.max(now.monotonic - asked.monotonic, now.wall - asked.wall) > FRESH_MS) await renew();
    },
  };
}

type Method = (...args: never[]) => Promise<unknown>;
type MethodsOf<T> = { [K in keyof T]: T[K] extends Method ? K : never }[keyof T];

/** The same port; each call of one of `methods` waits for `before` first, and is not made when that fails. */
export function checkedFirst<T extends object>(
  port: T,
  before: () => Promise<void>,
  methods: readonly MethodsOf<T>[],
): T {
  return new Proxy(port, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== 'function' || !methods.some((method) => method === key)) return value;
      return async (...args: unknown[]) => {
        await before();
        return (await Reflect.apply(value, target, args)) as unknown;
      };
    },
  });
}
