import { expect, it } from 'vitest';
import { matrixPage } from './matrix-page.js';

it('says which cells held, how many effects they had, and which were never there', () => {
  const at = { row: 'fence', what: 'exec' } as const;
  const page = matrixPage([
    {
      title: 'migrate',
      outcomes: [
        { ...at, mode: 'before', ok: true, seconds: 3.14 },
        { ...at, mode: 'inside', ok: true, seconds: 1 },
        { ...at, mode: 'inside', ok: false, seconds: 2 },
      ],
      ends: 'The same.',
    },
  ]);
  expect(page).toMatch(/\| fence +\| ok, 3\.1 s +\| FAILED, 1 of 2, 2\.0 s +\| – +\|/);
  expect(page).toContain('The same.');
});
