import { describe, expect, it } from 'vitest';
import { DbctlError } from '../../../src/errors/dbctl-error.js';
import {
  findingOf,
  rtoOf,
  slowFinding,
  staleFinding,
  unrelated,
  worstFirst,
} from '../../../src/pipeline/drill/findings.js';
import { isDrillOf } from '../../../src/pipeline/drill/job.js';
import { drillJobId } from '../../../src/plan/names.js';

describe('what a drill finds', () => {
  it.each([
    ['ARTIFACT_CORRUPT', 'DRILL_CORRUPT'],
    ['EVIDENCE_DIFFERS', 'DRILL_CORRUPT'],
    ['RESTORE_FAILED', 'DRILL_CORRUPT'],
    ['BACKUP_NOT_FOUND', 'DRILL_INCOMPLETE'],
  ] as const)('%s speaks of the backup: %s', (code, finding) => {
    expect(findingOf('app', new DbctlError(code, 'x', { where: 'there', details: ['d'] }))).toEqual({
      code: finding,
      text: 'x (there)',
      details: ['d'],
      next: expect.stringMatching(/dbctl backup app.*dbctl drill app/),
    });
  });

  it.each(['NOMAD_UNPLACED', 'TOOLBOX_FAILED', 'VAULT_DENIED', 'INTERRUPTED'] as const)(
    '%s says nothing of it',
    (code) => {
      expect(findingOf('app', new DbctlError(code, 'x'))).toBeUndefined();
    },
  );

  it('says what the program in the toolbox found, not how it ended', () => {
    const details = ['10:00:00 fetching', '10:00:01 failed: globals.sql.age is not as it was sent'];
    const error = new DbctlError('ARTIFACT_CORRUPT', 'fetch.sh ended with 21', { where: 'step fetch', details });
    expect(findingOf('app', error)?.text).toBe('globals.sql.age is not as it was sent (step fetch)');
  });

  it('what kept a drill from being carried through is told in its own words, with a way on', () => {
    const details = ['10:00:01 failed: index.json could not be fetched'];
    const told = unrelated('app', new DbctlError('TOOLBOX_FAILED', 'fetch.sh ended with 23', { details }));
    expect(told).toMatchObject({ code: 'TOOLBOX_FAILED', message: 'index.json could not be fetched', details });
    expect(told.next).toContain('dbctl drill app');
    const other = new DbctlError('VAULT_DENIED', 'Vault refused the token', { next: 'vault login' });
    expect(unrelated('app', other)).toMatchObject({ message: 'Vault refused the token', next: 'vault login' });
  });

  it('the time until the data is compared counts, what is looked at beyond that does not', () => {
    const parts = (['start', 'fetch', 'restore', 'verify', 'check'] as const).map((id) => ({ id, seconds: 1.26 }));
    expect(rtoOf(parts)).toBe(5);
    expect(rtoOf(parts.slice(0, 3))).toBeNull();
  });

  it('over the budget is slow, on it is not; without one nothing is', () => {
    const took = (seconds: number) =>
      [
        { id: 'fetch', seconds },
        { id: 'verify', seconds: 0 },
      ] as const;
    const [slow] = slowFinding('app', took(60.1), 60);
    expect(slow).toMatchObject({ code: 'DRILL_SLOW', details: ['fetch: 60.1 s', 'verify: 0 s'] });
    expect(slow?.next).toContain('drill.rto of app');
    const unfinished = [{ id: 'fetch', seconds: 5 }] as const;
    expect([...slowFinding('app', took(60), 60), ...slowFinding('app', took(1e6), null)]).toEqual([]);
    expect(slowFinding('app', unfinished, 1)).toEqual([]);
  });

  it('a copy may be as old as that, and no older; one of unknown age is not judged', () => {
    expect(staleFinding('app', 93_601, 93_600)).toMatchObject([
      { code: 'DRILL_STALE', text: expect.stringContaining('26 h'), next: expect.stringContaining('dbctl backup app') },
    ]);
    expect(staleFinding('app', 50, 45)[0]?.text).toContain('50 s old');
    expect([...staleFinding('app', 93_600, 93_600), ...staleFinding('app', null, 1)]).toEqual([]);
  });

  it('the worst comes first: its exit code is the command’s', () => {
    const codes = ['DRILL_SLOW', 'DRILL_STALE', 'DRILL_CORRUPT', 'DRILL_INCOMPLETE'] as const;
    const sorted = worstFirst(codes.map((code) => ({ code, text: '', details: [], next: '' })));
    expect(sorted.map(({ code }) => code)).toEqual(['DRILL_CORRUPT', 'DRILL_INCOMPLETE', 'DRILL_STALE', 'DRILL_SLOW']);
  });

  it('clears the drills of that very service, not of one whose name begins alike', () => {
    const run = '20261128-101530-cd34';
    expect(isDrillOf('app', drillJobId('app', run))).toBe(true);
    expect(isDrillOf('app', drillJobId('app-two', run))).toBe(false);
    expect(isDrillOf('app', 'dbctl-rehearse-app-20261128-101530-cd34')).toBe(false);
    expect(isDrillOf('app', `${drillJobId('app', run)}-x`)).toBe(false);
  });
});
