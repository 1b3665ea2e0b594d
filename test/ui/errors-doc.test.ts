import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CODES } from '../../src/errors/codes.js';
import { EXIT_MEANING } from '../../src/errors/exit-codes.js';
import { markdownTable } from '../support/markdown-table.js';

const PATH = join(import.meta.dirname, '..', '..', 'docs', 'errors.md');

const errorsDoc = (): string =>
  [
    '# Errors and exit codes',
    '',
    'Written from `src/errors/` by `UPDATE=1 npx vitest run --project unit test/ui/errors-doc.test.ts`; a test fails when this page is stale.',
    '',
    'Every error says what happened, where, the wrong value and the next step. Codes are kept in journals and reports and are never renamed.',
    'With `--json` the error is an object with `code`, `message`, `where`, `value`, `next`, `details` and `exitCode`.',
    '',
    '## Exit codes',
    '',
    ...markdownTable([['exit', 'meaning'], ...Object.entries(EXIT_MEANING)]),
    '',
    '## Codes',
    '',
    ...markdownTable([
      ['code', 'exit', 'meaning'],
      ...Object.entries(CODES).map(([code, { exit, means }]) => [`\`${code}\``, String(exit), means]),
    ]),
    '',
  ].join('\n');

describe('docs/errors.md', () => {
  it('lists every code of the catalogue (UPDATE=1 writes it)', () => {
    if (process.env['UPDATE'] === '1') writeFileSync(PATH, errorsDoc());
    expect(readFileSync(PATH, 'utf8')).toBe(errorsDoc());
  });

  it('has a meaning for every exit code that a code uses', () => {
    for (const { exit } of Object.values(CODES)) expect(EXIT_MEANING[exit]).toMatch(/\w/);
  });
});
