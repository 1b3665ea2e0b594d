import { describe, expect, it } from 'vitest';
import { restoreProblem } from '../../../src/engines/postgres/restore-problem.js';

const log = (...about: string[]): string[] => [
  '03:51:22 restore begins with 1 sessions',
  ...about,
  '03:51:22 failed: pg_restore ended with 1',
];

describe('why a restore stopped', () => {
  it('names table and key of a row that stands there twice', () => {
    const problem = restoreProblem(
      log(
        'pg_restore: from TOC entry 3196; 1259 16391 INDEX t_a postgres',
        'pg_restore: error: could not execute query: ERROR:  could not create unique index "t_a"',
        'DETAIL:  Key (a)=(1) is duplicated.',
        'Command was: CREATE UNIQUE INDEX t_a ON public.t USING btree (a);',
      ),
    );
    expect(problem).toMatchObject({ object: 'INDEX t_a', detail: 'Key (a)=(1) is duplicated.', table: 'public.t' });
    expect(problem?.next).toContain('reindex');
  });

  it('names the object of a schema that goes in as text, as between two releases', () => {
    const problem = restoreProblem(
      log(
        'restore: at -- Name: b; Type: TABLE; Schema: public; Owner: passing',
        'psql:schema.sql:48: ERROR:  role "passing" does not exist',
      ),
    );
    expect(problem).toMatchObject({ object: 'TABLE b', error: 'role "passing" does not exist' });
    expect(problem?.next).toContain('make it on the shared instance');
  });

  it.each([
    ['CONTEXT:  SQL function "f" during inlining', 'alter function f set search_path'],
    [
      'CONTEXT:  PL/pgSQL function public.g(integer) line 1 at RETURN',
      'alter function public.g(integer) set search_path',
    ],
  ])('tells which function leaves out a schema: %s', (context, next) => {
    const problem = restoreProblem(
      log(
        'pg_restore: from TOC entry 3345; 0 16432 MATERIALIZED VIEW DATA m postgres',
        'pg_restore: error: could not execute query: ERROR:  relation "cfg" does not exist',
        'LINE 1: select v from cfg',
        context,
      ),
    );
    expect(problem?.object).toBe('MATERIALIZED VIEW DATA m');
    expect(problem?.next).toContain(next);
  });

  it('tells of a role that is not there', () => {
    const problem = restoreProblem(
      log(
        'pg_restore: from TOC entry 214; 1259 16571 TABLE t gone_role',
        'pg_restore: error: could not execute query: ERROR:  role "gone_role" does not exist',
        'Command was: ALTER TABLE public.t OWNER TO gone_role;',
      ),
    );
    expect(problem).toMatchObject({ error: 'role "gone_role" does not exist', table: 'public.t' });
  });

  it('is silent about what the server itself lacks, and about logs that name nothing', () => {
    const full =
      'pg_restore: error: COPY failed for table "t": ERROR:  could not extend file "base/1/2": No space left on device';
    expect(restoreProblem(log('pg_restore: from TOC entry 3; 0 4 TABLE DATA t postgres', full))).toBeUndefined();
    expect(restoreProblem(log('pg_restore: error: connection to server failed'))).toBeUndefined();
  });
});
