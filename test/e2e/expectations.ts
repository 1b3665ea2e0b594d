import { expect } from 'vitest';
import type { LabService } from '../../lab/index.js';
import type { LabWorld, Run } from './lab-world.js';

export const explain = (run: Run): string => `${run.stdout}\n${run.stderr}`.slice(-4000);

export function expectOk(run: Run): void {
  expect(run.json.status, explain(run)).toBe('ok');
  expect(run.code, explain(run)).toBe(0);
}

export function expectRefused(run: Run, exit: number, code: string): void {
  expect({ exit: run.code, code: run.json.error?.code }, explain(run)).toEqual({ exit, code });
}

/** Every acknowledged write is there once, whichever database the app uses now; and the app does write. */
export async function expectNothingLost(world: LabWorld, service: LabService = 'speedtest'): Promise<void> {
  // It may just have been started: its own word is waited for.
  await world.stats(service);
  const audit = await world.audit(service);
  expect(audit.acknowledged).toBeGreaterThan(20);
  expect({ service, missing: audit.missing, doubled: audit.doubled, strangers: audit.strangers }).toEqual({
    service,
    missing: [],
    doubled: [],
    strangers: [],
  });
  await world.untilWriting(service);
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
