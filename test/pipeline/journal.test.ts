import { describe, expect, it } from 'vitest';
import { isUnfinished, newJournal, parseJournal, withEntry } from '../../src/pipeline/journal.js';

const journal = newJournal('speedtest', '20261120-211530-ab12', new Date('2026-11-20T21:15:30Z'));

describe('journal', () => {
  it('comes back from its text as it was', () => {
    const full = withEntry(
      { ...journal, facts: { fence: { oid: 5, grants: [null, 'x'] } } },
      { id: 'dump', state: 'done', at: 'now', seconds: 1.5 },
    );
    expect(parseJournal(JSON.stringify(full), 'here')).toEqual(full);
  });

  it.each(['', '{', '{}', '{"schema":"dbctl.journal/2"}', JSON.stringify({ ...journal, phase: 'moved' })])(
    'refuses %j',
    (text) => {
      expect(() => parseJournal(text, 'dbctl/services/speedtest')).toThrow(
        expect.objectContaining({ code: 'JOURNAL_INVALID' }),
      );
    },
  );

  it('keeps the order in which steps were first started', () => {
    let now = withEntry(journal, { id: 'a', state: 'started', at: '1' });
    now = withEntry(now, { id: 'b', state: 'started', at: '2' });
    now = withEntry(now, { id: 'a', state: 'done', at: '3' });
    expect(now.steps.map(({ id, state }) => `${id} ${state}`)).toEqual(['a done', 'b started']);
  });

  it('knows which phases somebody has to finish', () => {
    expect((['migrating', 'undoing', 'rolling-back', 'finalizing'] as const).every(isUnfinished)).toBe(true);
    expect((['migrated', 'undone', 'rolled-back', 'finalized'] as const).some(isUnfinished)).toBe(false);
  });
});
