import { describe, expect, it } from 'vitest';
import { afterFailure } from '../../src/pipeline/after-failure.js';
import { type Journal, newJournal, withEntry } from '../../src/pipeline/journal.js';

const journalWith = (...done: string[]): Journal =>
  done.reduce(
    (journal, id) => withEntry(journal, { id, state: 'done', at: '2026-11-20T00:00:00Z' }),
    newJournal('speedtest', '20261120-211530-ab12', new Date(0)),
  );

describe('afterFailure', () => {
  it('undoes while the app was never let in', () => {
    expect(afterFailure('EVIDENCE_DIFFERS', journalWith('gate-in', 'fence', 'dump', 'import'))).toBe('undo');
  });

  it('rolls back once the gate was opened, because rows may exist on the target alone', () => {
    const opened = withEntry(journalWith('gate-in', 'fence'), { id: 'open', state: 'started', at: '' });
    expect(afterFailure('APP_UNHEALTHY', opened)).toBe('rollback');
  });

  it('keeps everything after the move was proven', () => {
    expect(afterFailure('SQL_FAILED', journalWith('open', 'prove'))).toBe('resume');
  });

  it.each(['INTERRUPTED', 'LOCK_LOST', 'EXEC_UNKNOWN', 'NOMAD_OUTCOME_UNKNOWN', 'NOMAD_UNAVAILABLE'] as const)(
    'keeps everything on %s',
    (code) => {
      expect(afterFailure(code, journalWith('gate-in', 'open'))).toBe('resume');
    },
  );
});
