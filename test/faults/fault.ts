import { it } from 'vitest';
import { FAULTS } from './catalogue.js';

/** One row of docs/reliability.md. */
export interface FaultRow {
  readonly fault: number;
  readonly injected: string;
  readonly outcome: string;
}

declare module 'vitest' {
  interface TaskMeta {
    fault?: FaultRow;
  }
}

/**
 * A test that brings about fault `number` of the catalogue by real means. `body` asserts, and returns in a few words what
 * dbctl did: exit code, error code, what was left as it was. Both texts become a row of the page.
 */
export function fault(number: number, injected: string, body: () => Promise<string>, timeout?: number): void {
  if (FAULTS[number - 1] === undefined) throw new Error(`there is no fault ${number}`);
  it(`fault ${number}: ${injected}`, { ...(timeout ? { timeout } : {}) }, async ({ task }) => {
    task.meta.fault = { fault: number, injected, outcome: 'did not hold' };
    task.meta.fault = { fault: number, injected, outcome: await body() };
  });
}
