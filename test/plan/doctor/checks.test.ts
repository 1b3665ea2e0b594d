import { describe, expect, it } from 'vitest';
import { lookAt } from '../../../src/plan/doctor/check.js';
import type { DoctorSources, Given } from '../../../src/plan/doctor/facts.js';
import { CHECKS } from '../../../src/plan/doctor/index.js';
import { type Coming, runChecks } from '../../../src/plan/doctor/run.js';
import { DOCTOR_GROUPS, type DoctorCheck } from '../../../src/report/doctor-report.js';
import { BROKEN, type World } from './broken-worlds.js';
import { given, seenAll, values } from './healthy.js';

const ids = CHECKS.map(({ id }) => id);

const world = (): World => structuredClone({ ...values(), ...given() }) as never;

const look = (facts: World): Promise<DoctorCheck[]> => {
  const { inventory, now, ...sources } = facts as unknown as DoctorSources & Given;
  const seen = seenAll(sources);
  const coming = Object.fromEntries(Object.entries(seen).map(([name, value]) => [name, async () => value]));
  return runChecks(CHECKS, coming as unknown as Coming, { inventory, now });
};

describe('the checks', () => {
  it('have ids of their own, a reason, and stand behind those that they need', () => {
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThanOrEqual(45);
    for (const [at, { id, needs, title, why, group }] of CHECKS.entries()) {
      expect(id).toMatch(/^[a-z0-9]+(?:-[a-z0-9]+)*$/);
      expect(DOCTOR_GROUPS).toContain(group);
      expect(Math.min(title.length, why.length), id).toBeGreaterThan(8);
      for (const need of needs) expect(ids.slice(0, at), `${id} needs ${need}`).toContain(need);
    }
  });

  it('have a broken world each', () => {
    expect(Object.keys(BROKEN).toSorted()).toEqual(ids.toSorted());
  });

  it('are all well in a healthy world', async () => {
    const results = await look(world());
    expect(results.filter(({ status }) => status !== 'ok')).toEqual([]);
    expect(results.filter(({ text }) => text === '').map(({ id }) => id)).toEqual([]);
  });

  it.each(ids)('%s is named first in its broken world, with what was seen and a fix', async (id) => {
    const facts = world();
    BROKEN[id]?.(facts);
    const bad = (await look(facts)).filter(({ status }) => status !== 'ok');
    expect(bad[0]?.id).toBe(id);
    expect(['fail', 'warn']).toContain(bad[0]?.status);
    expect(bad[0]?.findings.length).toBeGreaterThan(0);
    for (const { evidence, fix } of bad[0]?.findings ?? []) {
      expect(evidence.length).toBeGreaterThan(5);
      expect(fix.length).toBeGreaterThan(5);
      expect(`${evidence} ${fix}`).not.toMatch(/undefined|null|\[object|NaN/);
    }
  });

  it('say what could not be looked at, and skip what depends on it', () => {
    const problem = { code: 'NOMAD_DENIED', text: 'the token may not list volumes', next: 'give it the policy' };
    const check = CHECKS.find(({ id }) => id === 'nomad-nodes');
    if (check === undefined) return expect.fail('no such check');
    expect(lookAt(check, { ...seenAll(values()), cluster: { gap: problem } }, given())).toMatchObject({
      status: 'unknown',
      text: 'the token may not list volumes: give it the policy',
      findings: [],
    });
  });

  it('say nothing of what a failed check would only repeat', async () => {
    const facts = world();
    facts.nomad.problem = { code: 'NOMAD_UNAVAILABLE', text: 'no answer', next: 'start it' };
    const results = await look(facts);
    const bad = results.filter(({ status }) => status === 'fail' || status === 'warn');
    expect(bad.map(({ id }) => id)).toEqual(['nomad-reachable']);
    expect(results.find(({ id }) => id === 'backup-late')).toMatchObject({
      status: 'skipped',
      text: 'needs nomad-token',
    });
  });
});
