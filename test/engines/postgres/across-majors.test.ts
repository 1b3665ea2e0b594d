import { describe, expect, it } from 'vitest';
import { extensionChanges } from '../../../src/engines/postgres/across-majors.js';
import { sameButQualifiers } from '../../../src/engines/postgres/definition-text.js';
import { compareEvidence, type Evidence, parseEvidence } from '../../../src/engines/postgres/evidence.js';

const META = { k: 'meta', schema: 'dbctl.evidence/1', bootstrap: 'postgres', tables: 0, sequences: 0 };

/** Evidence of a server of that release, with these catalog entries. */
const of = (version: number, entries: readonly (readonly [kind: string, name: string, def: string])[]): Evidence =>
  parseEvidence(
    [
      { ...META, server_version_num: version },
      { k: 'largeobjects', count: 0, bytes: 0, digest: '0:0' },
      ...entries.map(([kind, name, def]) => ({ k: 'catalog', kind, name, def })),
    ]
      .map((line) => JSON.stringify(line))
      .join('\n'),
  );

const diff = (source: Evidence, target: Evidence): readonly string[] =>
  compareEvidence(source, target, { sequences: 'equal' }).catalogDiff;

const OWNER = 'owner a; acl a=DELETE/a';

describe('evidence of two majors', () => {
  it('does not take a right that only the newer one knows for a difference', () => {
    const older = of(150_020, [['table', 'public.t', `${OWNER} a=SELECT/a "b c"=SELECT/a; persistence p`]]);
    const newer = of(170_011, [
      ['table', 'public.t', `${OWNER} a=MAINTAIN/a a=SELECT/a "b c"=MAINTAIN/a "b c"=SELECT/a; persistence p`],
    ]);
    expect(diff(older, newer)).toEqual([]);
    expect(diff(newer, older)).toEqual([]);
  });

  it('still names a right that is really missing', () => {
    const older = of(150_020, [['table', 'public.t', `${OWNER} b=SELECT/a`]]);
    const newer = of(170_011, [['table', 'public.t', `${OWNER} b=MAINTAIN/a`]]);
    expect(diff(older, newer)).toHaveLength(2);
    const before = of(170_001, [['table', 'public.t', `${OWNER} b=MAINTAIN/a`]]);
    const same = of(170_011, [['table', 'public.t', OWNER]]);
    expect(diff(before, same)).toHaveLength(2);
  });

  it('leaves NOT NULL as a row of its own to those that have it', () => {
    const row = ['constraint', 'public.t t_id_not_null', 'NOT NULL id'] as const;
    const check = ['constraint', 'public.t t_check', 'CHECK ((id > 0))'] as const;
    expect(diff(of(170_011, [check]), of(180_006, [check, row]))).toEqual([]);
    expect(diff(of(170_011, [check]), of(180_006, [row]))).toHaveLength(1);
    expect(diff(of(180_001, [row]), of(180_006, []))).toHaveLength(1);
  });

  it('reads a view of 15 and of 16 as the same, and no other', () => {
    const view = (text: string) => [['view', 'public.v', `owner a; as ${text}`]] as const;
    const long = view(' SELECT t.id,\n    t.name\n   FROM public.t\n  WHERE t.id > 1;');
    const short = view(' SELECT id,\n    name\n   FROM public.t\n  WHERE id > 1;');
    expect(diff(of(150_020, long), of(170_011, short))).toEqual([]);
    expect(diff(of(170_011, short), of(150_020, long))).toEqual([]);
    expect(diff(of(170_001, long), of(170_011, short))).toHaveLength(2);
    const other = view(' SELECT id,\n    name\n   FROM public.u\n  WHERE id > 1;');
    expect(diff(of(150_020, long), of(170_011, other))).toHaveLength(2);
  });

  it("takes an extension's own version of each major for no difference, but names it", () => {
    const [older, newer] = [
      of(150_020, [
        ['extension', 'pg_stat_statements', 'version 1.10; schema public'],
        ['view', 'public.pg_stat_statements', 'persistence p; as x'],
      ]),
      of(180_006, [
        ['extension', 'pg_stat_statements', 'version 1.12; schema public'],
        ['view', 'public.pg_stat_statements', 'persistence p; as y'],
      ]),
    ];
    expect(diff(older, newer)).toEqual([]);
    expect(extensionChanges(older, newer)).toEqual(['extension pg_stat_statements 1.10 becomes 1.12']);
    const elsewhere = of(180_006, [['extension', 'pg_stat_statements', 'version 1.12; schema other']]);
    expect(diff(older, elsewhere)).not.toEqual([]);
  });
});

describe('two texts of one definition', () => {
  it.each([
    ['SELECT t.a FROM s.t', 'SELECT a FROM s.t', true],
    ['SELECT t.t FROM t', 'SELECT t FROM t', true],
    ['SELECT "T x".a FROM "T x"', 'SELECT a FROM "T x"', true],
    ["SELECT t.a, 't.b'::text FROM t", "SELECT a, 'b'::text FROM t", false],
    ['SELECT a FROM t', 'SELECT t.a FROM t', false],
    ['SELECT a.x, b.x FROM a, b', 'SELECT b.x, a.x FROM a, b', false],
    ['SELECT t.a FROM t WHERE t.a > 1.5', 'SELECT a FROM t WHERE a > 1.6', false],
    ['SELECT t.a FROM t', 'SELECT a FROM t WHERE a', false],
    ['SELECT t.a FROM t WHERE t.a', 'SELECT a FROM t', false],
  ])('%s | %s', (qualified, short, same) => {
    expect(sameButQualifiers(qualified, short)).toBe(same);
  });
});
