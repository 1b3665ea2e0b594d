import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ALL_SERVICES,
  appContent,
  appOf,
  appRows,
  appStats,
  auditLedger,
  type LabHandle,
  labDown,
  labUp,
} from '../../lab/index.js';
import { SERVICE_FACTS } from '../../lab/services.js';
import { allocsOf, numberOf, traces } from '../support/lab-traces.js';

const quiet = (): void => undefined;
const NAME = 'every';
let root = '';
let lab: LabHandle;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dbctl-lab-'));
  process.env['DBCTL_LAB_ROOT'] = root;
  lab = await labUp({ name: NAME, scale: 1, all: true, say: quiet });
});
afterAll(async () => {
  await labDown({ name: NAME, say: quiet });
  await rm(root, { recursive: true, force: true });
});

// In this order: the last test takes the lab away.
describe('a lab with every app', { shuffle: false }, () => {
  it.each(ALL_SERVICES)('runs %s on its databases of the shared server, none of its writes lost', async (service) => {
    const before = await auditLedger(lab, service);
    await sleep(1500);
    const after = await auditLedger(lab, service);
    expect(after).toMatchObject({ missing: [], doubled: [], strangers: [] });
    expect(after.acknowledged - before.acknowledged).toBeGreaterThanOrEqual(2);
    const stats = await appStats(appOf(lab, service).url);
    expect(stats?.databases?.map(({ database }) => database)).toEqual(SERVICE_FACTS[service].databases);
  });

  it.each(ALL_SERVICES)('reads the same content of %s twice, while it is written to', async (service) => {
    const { url } = appOf(lab, service);
    const first = await appContent(url);
    for (const { rows, digest } of first) {
      expect(rows).toBeGreaterThan(10);
      expect(digest).toMatch(/^[0-9a-f]{32}$/);
    }
    expect(await appContent(url)).toEqual(first);
  });

  it('tells all of them in one row each', async () => {
    const rows = await appRows(lab);
    expect(rows.map(({ service }) => service).sort()).toEqual([...ALL_SERVICES].sort());
    // An app that is busy may not answer at once; what was lost stays lost.
    const wrong = async (): Promise<unknown[]> =>
      (await appRows(lab)).filter(({ health, lost, doubled }) => health !== 'ok' || lost !== 0 || doubled !== 0);
    await expect.poll(wrong, { timeout: 60_000 }).toEqual([]);
  });

  it('goes without a trace, the one in a network of its own included', async () => {
    const allocs = allocsOf(lab);
    await labDown({ name: NAME, say: quiet });
    expect(await traces(lab.dir, numberOf(lab), allocs)).toEqual([]);
  });
});
