import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadHcl, unsplice } from '../../src/render/index.js';
import type { AdoptedFile } from '../../src/report/adopt-report.js';
import { adopt, writeAdopted } from '../../src/usecases/adopt.js';
import { verdictCell } from '../e2e/homelab/homelab-report.js';
import { HOUSE, houseFiles, houseText, PLAIN } from '../e2e/homelab/house.js';
import { requireDocument } from '../support/json-documents.js';

const hcl = await loadHcl();
/** Written by a run of test/e2e/homelab.e2e.test.ts. */
const table = readFileSync(join(import.meta.dirname, '../../docs/homelab.md'), 'utf8');
const MARKS = { host: '10.88.7.1', port: 15_432, dns: '10.88.7.1', bin: '/srv/house/bin' };
const FROM = ['postgresql', MARKS.host];
const path = (job: string): string => `${job}.nomad.hcl`;
const texts = new Map(HOUSE.map(({ job }) => [path(job), houseText(job, MARKS)]));

async function look(
  paths: readonly string[],
): Promise<{ files: readonly AdoptedFile[]; written: Map<string, string> }> {
  const written = new Map<string, string>();
  const deps = {
    files: {
      read: (name: string) => Promise.resolve(texts.get(name)),
      write: (name: string, text: string) => Promise.resolve(void written.set(name, text)),
    },
    hcl: () => Promise.resolve(hcl),
    inventory: undefined,
  };
  const result = await adopt(deps, {
    ...{ paths, from: FROM, image: null, driver: 'exec', app: null, keys: [], databases: [], role: null },
  });
  await writeAdopted(deps, result);
  requireDocument(JSON.parse(JSON.stringify(result.report)));
  return { files: result.report.files, written };
}

const all = await look(HOUSE.map(({ job }) => path(job)));
const of = (job: string): AdoptedFile => {
  const found = all.files.find((file) => file.path === path(job));
  if (found === undefined) throw new Error(`nothing about ${job}`);
  return found;
};

describe('the jobspecs of the homelab', () => {
  it('are all in the table, and no mark is left in one', () => {
    expect(HOUSE.map(({ job }) => job).toSorted()).toEqual(houseFiles());
    expect([...texts.values()].filter((text) => /__(?:HOST|PORT|DNS|BIN|PASSWORD|ENCODED)__/.test(text))).toEqual([]);
  });

  it.each(HOUSE)('$job is judged right', ({ job, verdict, why }) => {
    const file = of(job);
    expect([file.verdict, file.why]).toEqual([verdict, why === undefined ? file.why : expect.stringMatching(why)]);
  });

  it.each(HOUSE.filter(({ verdict, server }) => verdict === 'patched' && server === 'shared'))(
    '$job is read right, and comes back to the byte',
    ({ job, databases, role }) => {
      const clients = of(job).found?.clients ?? [];
      const seen = [...new Set(clients.flatMap((client) => client.databases))];
      expect([seen, clients[0]?.role]).toEqual([job === 'blog' ? ['blog_old'] : databases, role]);
      expect(unsplice(hcl, all.written.get(path(job)) ?? '')).toBe(texts.get(path(job)));
    },
  );

  it.each(HOUSE)('$job stands in docs/homelab.md as it is judged now', ({ job, written }) => {
    const row = table.split('\n').find((line) => line.startsWith(`| \`${job}\` | ${written} |`));
    const cell = (row ?? '').replace(/ \|$/, '').split(' | ').at(-1) ?? '';
    expect(cell.replace(/, moved$/, '')).toBe(verdictCell(of(job)));
  });

  it('of twenty-five and more on the shared server at least twenty-three are patched', () => {
    const shared = HOUSE.filter(({ server }) => server === 'shared');
    expect(shared.length).toBeGreaterThanOrEqual(25);
    expect(shared.filter(({ job }) => of(job).verdict === 'patched').length).toBeGreaterThanOrEqual(23);
  });

  it.each(HOUSE.filter(({ verdict }) => verdict === 'instructions'))('$job: a person is told what to do', ({ job }) => {
    const { left, next } = of(job);
    expect(left.length + next.length).toBeGreaterThan(0);
    expect(left.every(({ why }) => why !== '')).toBe(true);
  });

  it('a task that waits for the old server is told of, its address and port being apart', () => {
    const { left } = of('weather');
    expect(left.filter(({ line }) => line !== null).map(({ old }) => old)).toEqual([
      expect.stringContaining('answers 10.88.7.1 15432'),
    ]);
  });

  it('no password of a file is in what is said', () => {
    expect(JSON.stringify(all.files.map((file) => ({ ...file, change: null })))).not.toContain(PLAIN);
    expect(all.files.map(({ change }) => change?.diff ?? '').join('\n')).not.toContain(PLAIN);
  });
});
