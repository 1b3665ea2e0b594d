import { describe, expect, it } from 'vitest';
import { isUnfinished, type Journal, newJournal, type Phase } from '../../src/pipeline/journal.js';
import type { JournalHandle } from '../../src/pipeline/journal-store.js';
import { restoreJournal, restoreOf } from '../../src/pipeline/nested-journal.js';

function outer(phase: Phase): { handle: JournalHandle; current: () => Journal } {
  let current: Journal = { ...newJournal('app', '20261120-211530-ab12', new Date(0)), phase, facts: { evidence: [1] } };
  const handle: JournalHandle = {
    get current() {
      return current;
    },
    texts: 'kept',
    save: async (journal) => {
      current = journal;
    },
    fact: <T>(key: string) => current.facts[key] as T | undefined,
    record: async () => undefined,
  };
  return { handle, current: () => current };
}

const fresh = (phase: Phase): Journal => ({ ...newJournal('app', '20261128-101530-cd34', new Date(0)), phase });

describe('the journal of a restore inside the one of the service', () => {
  it.each(['migrated', 'finalized', 'provisioned'] as const)(
    'leaves a service that was %s as it was',
    async (before) => {
      const { handle, current } = outer(before);
      const restore = restoreJournal(handle);
      expect(restore.current).toBeUndefined();
      await restore.save(fresh('restoring'));
      expect(current()).toMatchObject({ phase: 'restoring', run: '20261120-211530-ab12', facts: { evidence: [1] } });
      expect(isUnfinished(current().phase)).toBe(true);
      await restore.record('set', { id: 'x' });
      expect(restore.fact('set')).toEqual({ id: 'x' });
      expect(current().phase).toBe('restoring');
      await restore.save({ ...fresh('restored'), facts: { kept: 1 } });
      expect(current()).toMatchObject({ phase: before, facts: { evidence: [1] } });
      await restore.save(fresh('unrestoring'));
      expect(current().phase).toBe('restoring');
      await restore.save(fresh('unrestored'));
      expect(current().phase).toBe(before);
    },
  );

  it('keeps the texts of the run that made the database', async () => {
    const { handle } = outer('migrated');
    expect(restoreJournal(handle).texts).toBe('kept');
  });

  it('refuses one that it cannot read, in place of beginning anew', () => {
    const journal = { ...fresh('migrated'), facts: { restore: { schema: 'dbctl.journal/9' } } };
    expect(() => restoreOf(journal)).toThrow(expect.objectContaining({ code: 'JOURNAL_INVALID' }));
    expect(restoreOf(undefined)).toBeUndefined();
  });
});
