import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareEvidence, digestOf, parseEvidence } from '../../../src/engines/postgres/evidence.js';
import { type CarriedFacts, carriedFactsSql, verifiersSql } from '../../../src/engines/postgres/roles.js';
import { databaseFactsSql, rolesCreateSql } from '../../../src/engines/postgres/target.js';
import { Secret } from '../../../src/shared/secret.js';
import { startCluster, type TestCluster } from '../../support/postgres.js';
import { dumpStep, evidenceStep, restoreStep } from '../../support/toolbox.js';

const sql = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');
const HOSTILE = `ho'st"ile db=1 \\ $(x) é`;

describe('moving a database full of what moves badly', () => {
  let source: TestCluster;
  let target: TestCluster;

  beforeAll(async () => {
    [source, target] = await Promise.all([startCluster({ fresh: true }), startCluster({ fresh: true })]);
    await source.psql(sql('nasty-roles.sql'));
    await source.createDatabase(HOSTILE, 'owner owner_role');
    await source.psql(sql('nasty.sql'), { database: HOSTILE });
    // Belongs to the database, but is no part of its files: a copy by template has none.
    await source.psql(
      `create subscription "sub 'scription" connection 'host=far.example password=hidden' publication p with (connect = false, enabled = false, create_slot = false, slot_name = none)`,
      { database: HOSTILE },
    );
  });
  afterAll(async () => {
    await Promise.all([source.stop(), target.stop()]);
  });

  it.each([
    ['dash', ['dash']],
    ['busybox', ['busybox', 'sh']],
  ] as const)('gives equal evidence on the other server (%s)', async (label, shell) => {
    const database = label === 'dash' ? HOSTILE : 'plain';
    const [facts] = (await source.json(carriedFactsSql(HOSTILE, 'owner_role'))) as CarriedFacts[];
    if (facts === undefined) throw new Error('no facts');
    const rows = (await source.json(verifiersSql(facts.roles.map((role) => role.name)))) as {
      name: string;
      verifier: string;
    }[];
    const verifiers = new Map(rows.map((row) => [row.name, new Secret(row.verifier)]));
    await target.psql(rolesCreateSql(facts, verifiers));
    await target.createDatabase(database, 'owner owner_role');

    const dumped = await dumpStep(source, HOSTILE, { shell, name: `d-${label}` });
    const restored = await restoreStep(target, database, dumped.out, { shell, name: `r-${label}` });
    expect(restored.stdout + restored.stderr).toContain('done');
    expect(restored.code).toBe(0);
    await target.psql(databaseFactsSql({ ...facts, database }));

    const before = parseEvidence(dumped.file('evidence.jsonl'));
    const after = parseEvidence(restored.file('evidence.jsonl'));
    const comparison = compareEvidence(before, after, {
      sequences: 'equal',
      facts: ['role', 'setting', 'database encoding', 'database collate'],
    });
    expect(comparison.catalogDiff).toEqual([]);
    expect(comparison.match).toBe(true);
    expect(comparison.largeObjects).toEqual({ count: 3, bytes: 3005006, match: true });
    expect(comparison.tables.length).toBe(29);
    expect(dumped.file('evidence.jsonl')).toContain("sub 'scription");
    expect(dumped.file('evidence.jsonl')).not.toContain('hidden');
    expect(digestOf(after)).toBe(digestOf(before));

    const again = parseEvidence(
      (await evidenceStep(target, database, { shell, name: `e-${label}` })).file('evidence.jsonl'),
    );
    expect(
      compareEvidence(before, again, { sequences: 'equal', facts: ['database', 'setting', 'role'] }).catalogDiff,
    ).toEqual([]);
  });
});
