import { beforeEach, describe, expect, it } from 'vitest';
import type { DrillContext } from '../../../src/pipeline/drill/context.js';
import { requireWhole } from '../../../src/pipeline/drill/steps.js';
import type { FoundSet } from '../../../src/pipeline/restore/context.js';

const set = (...databases: string[]): FoundSet =>
  ({ id: '000001-20261128T023000Z', databases: databases.map((database) => ({ database })) }) as unknown as FoundSet;

describe('the databases in a backup', () => {
  const notes: string[] = [];
  const plan = { target: { databases: [{ name: 'a' }, { name: 'b' }] } };
  const ctx = { plan, note: (text: string) => void notes.push(text) } as unknown as DrillContext;

  beforeEach(() => void notes.splice(0));

  it('are all that the service has, or the backup is incomplete', () => {
    expect(requireWhole(ctx, set('a', 'b')).databases).toHaveLength(2);
    expect(() => requireWhole(ctx, set('a'))).toThrow(
      expect.objectContaining({ code: 'BACKUP_NOT_FOUND', details: ['database b is not in it'] }),
    );
    expect(notes).toEqual([]);
  });

  it('that the drill does not try are named: nobody shall take them for proven', () => {
    requireWhole(ctx, set('a', 'b', 'c'));
    expect(notes).toEqual([expect.stringMatching(/database c .*not tried/)]);
  });
});
