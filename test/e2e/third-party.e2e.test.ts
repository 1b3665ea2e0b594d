import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { expectNothingLost, expectOk, pause } from './expectations.js';
import { ForgeWorld, type Move, type Sight } from './forge-world.js';
import { thirdPartyReport } from './third-party-report.js';

/** A move under load, then a question for every acknowledged write: minutes on a busy machine. */
const PATIENCE = { testTimeout: 600_000, hookTimeout: 600_000 };
vi.setConfig(PATIENCE);

let forge: ForgeWorld;
let before: Sight;
let jobspec: string;
const moves: Move[] = [];

beforeAll(async () => {
  forge = await ForgeWorld.up('e2e-forge');
  jobspec = await readFile(forge.jobspec, 'utf8');
  await forge.underLoad('plan');
  before = await forge.see();
});

afterAll(async () => {
  await forge?.world.down();
});

const last = (): Sight => moves.at(-1)?.after ?? before;

/** Tables that grow by one row with each write of a kind. */
const GROWS = { issue: 'issue', comment: 'comment', label: 'label' } as const;
/** Tables that the load changes besides: feeds, counters, what a push or a mention leaves behind. */
const FOLLOWS = ['action', 'branch', 'issue_index', 'issue_user', 'notification', 'push_mirror', 'repository'];

function expectRows(previous: Sight, now: Sight): void {
  const loaded: string[] = [...Object.values(GROWS), ...FOLLOWS];
  const quiet = (sight: Sight): [string, number][] => [...sight.rows].filter(([name]) => !loaded.includes(name));
  expect(quiet(now)).toEqual(quiet(previous));
  for (const table of loaded) expect(now.rows.get(table), table).toBeGreaterThanOrEqual(previous.rows.get(table) ?? 0);
}

/** By Gitea's own API: health, the archive to the byte, every acknowledged write by its id, none twice. */
async function expectAsPromised({ run, after }: Move): Promise<void> {
  expectOk(run);
  expect(await forge.isHealthy()).toBe(true);
  expect(after.answers).toEqual(before.answers);
  expect(after.doctor).toEqual(before.doctor);
  const { missing, doubled, strangers, changed, acknowledged } = after.audit;
  expect({ missing, doubled, strangers, changed }).toEqual({ missing: [], doubled: [], strangers: [], changed: [] });
  expect(acknowledged).toBeGreaterThan(last().audit.acknowledged + 20);
}

async function move(verb: string, ...args: string[]): Promise<Move> {
  const done = await forge.underLoad(verb, ...args);
  await expectAsPromised(done);
  expectRows(last(), done.after);
  moves.push(done);
  return done;
}

/** dbctl's word on each table, and that its own count is not below what was seen just before. */
function expectEvidence({ run }: Move, previous: Sight): void {
  const [evidence] = run.json.evidence?.databases ?? [];
  const tables = evidence?.tables ?? [];
  expect(tables).toHaveLength(previous.rows.size);
  expect(tables.every(({ match }) => match)).toBe(true);
  for (const { name, rows } of tables)
    expect(rows, name).toBeGreaterThanOrEqual(previous.rows.get(name.replace(/^public\.|"/g, '')) ?? 0);
  expect(evidence?.catalogDiff).toEqual([]);
}

describe('Gitea, built from its public module, under load through its own API', () => {
  it('answers and keeps what it acknowledged before anything is moved', () => {
    expect(before.rows.size).toBeGreaterThan(100);
    expect(before.answers.every(({ items }) => items > 0)).toBe(true);
    expect(before.audit).toMatchObject({ missing: [], doubled: [], strangers: [], changed: [] });
    expect(before.doctor).toEqual(expect.arrayContaining([expect.stringContaining('Check consistency of database')]));
  });

  it('moves to its own database', async () => {
    const previous = last();
    expectEvidence(await move('migrate'), previous);
    expect(await readFile(forge.jobspec, 'utf8')).toContain('GITEA__database__HOST=127.0.0.1:');
  });

  it('goes back with every later row, its jobspec byte for byte as before', async () => {
    const previous = last();
    expectEvidence(await move('rollback'), previous);
    expect(await readFile(forge.jobspec, 'utf8')).toBe(jobspec);
  });

  it('moves again', async () => {
    const previous = last();
    expectEvidence(await move('migrate', '--no-rehearse'), previous);
  });

  it('is finalized without a pause; its neighbour on the shared instance lost nothing', async () => {
    await pause(3000);
    const done = await move('finalize');
    expect(done.downtimeSeconds).toBeLessThan(3);
    await expectNothingLost(forge.world);
  });

  it('gives the table of this run', async () => {
    expect(moves.map(({ verb }) => verb)).toEqual(['migrate', 'rollback', 'migrate', 'finalize']);
    const text = thirdPartyReport(before, moves);
    expect(text).toContain('| `issue` |');
    if (process.env['UPDATE'] !== undefined)
      await writeFile(join(import.meta.dirname, '../../docs/third-party.md'), text);
  });

  it('would have shown a lost, a doubled and an altered write', async () => {
    const { gone, twice, altered } = await forge.damage();
    const { audit, answers } = await forge.see();
    expect(audit).toMatchObject({ missing: [gone], doubled: [twice] });
    expect(audit.changed).toEqual(expect.arrayContaining([`issue ${altered}`]));
    expect(audit.changed).toHaveLength(2);
    const differing = answers.filter(({ digest }, index) => digest !== before.answers[index]?.digest);
    expect(differing.map(({ path }) => path)).toContain('/repos/archive/letters/issues?state=all');
  });
});
