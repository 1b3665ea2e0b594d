import { describe, expect, it } from 'vitest';
import { newJournal, undoneTimes, withEntry, withUndone } from '../../src/pipeline/journal.js';

const journal = newJournal('speedtest', '20261120-211530-ab12', new Date('2026-11-20T21:15:30Z'));

describe('a step that was undone', () => {
  it('is counted, step by step, and starting it again forgets nothing', () => {
    const twice = withUndone(withUndone(journal, 'back-dump'), 'back-dump');
    const again = withEntry(twice, { id: 'back-dump', state: 'started', at: '2026-11-20T21:20:00Z' });
    expect(undoneTimes(again, 'back-dump')).toBe(2);
    expect(undoneTimes(again, 'back-restore')).toBe(0);
  });
});
