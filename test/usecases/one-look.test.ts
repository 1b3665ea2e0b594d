import { describe, expect, it } from 'vitest';
import type { NomadPort } from '../../src/ports/nomad.js';
import { oneLook } from '../../src/usecases/one-look.js';
import { reportDocument } from '../../src/usecases/report.js';
import { catalog, set } from './backup-world.js';
import { examining, statusWorld } from './status/status-world.js';

/** How often each question was put to Nomad itself. */
function counting(nomad: NomadPort): { readonly nomad: NomadPort; readonly asked: Map<string, number> } {
  const asked = new Map<string, number>();
  const count = new Proxy(nomad, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        const question = `${String(key)} ${JSON.stringify(args.filter((arg) => typeof arg === 'string'))}`;
        asked.set(question, (asked.get(question) ?? 0) + 1);
        return Reflect.apply(value, target, args) as unknown;
      };
    },
  });
  return { nomad: count, asked };
}

function world() {
  const found = statusWorld();
  found.put('speedtest', catalog([set(28)]));
  found.setJournal('migrated', {});
  const { nomad, asked } = counting(found.deps.nomad);
  return { deps: { ...examining(found.deps), nomad }, asked };
}

describe('one look at Nomad', () => {
  it('asks each question once in a whole report, for status and doctor alike', async () => {
    const { deps, asked } = world();
    const report = await reportDocument(deps);
    expect(report.services.map(({ row }) => row.service)).toContain('speedtest');
    expect(report.doctor.checks.length).toBeGreaterThan(10);
    const reads = [...asked].filter(([question]) => /^(?:job|allocations|variable|readFile|listJobs) /.test(question));
    expect(reads.length).toBeGreaterThan(5);
    expect(reads.filter(([, times]) => times > 1)).toEqual([]);
  });

  it('gives everybody a copy of the same answer, a failure too', async () => {
    const { deps } = world();
    const { nomad } = oneLook(deps);
    const first = await nomad.job('speedtest');
    if (first) first.TaskGroups = [];
    expect(await nomad.job('speedtest')).toEqual(await deps.nomad.job('speedtest'));
    const failing = oneLook({ nomad: { ...deps.nomad, job: (_id: string) => Promise.reject(new Error('no answer')) } });
    const said = (): Promise<unknown> => failing.nomad.job('x').catch((error: unknown) => error);
    expect(await said()).toBe(await said());
  });

  it('changes and waits as before', async () => {
    const { deps, asked } = world();
    const { nomad } = oneLook(deps);
    await nomad.watchAllocations('speedtest', 0, 1);
    await nomad.watchAllocations('speedtest', 0, 1);
    expect(asked.get('watchAllocations ["speedtest"]')).toBe(2);
  });
});
