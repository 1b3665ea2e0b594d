import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createGenerator } from 'ts-json-schema-generator';
import { describe, expect, it } from 'vitest';
import { DbctlError } from '../../src/errors/dbctl-error.js';
import type { ErrorDocument } from '../../src/report/error-document.js';
import { reported } from '../../src/usecases/move-report.js';
import { JSON_DOCUMENTS, type JsonDocument, requireDocument } from '../support/json-documents.js';
import { migrated, undone } from '../ui/fixtures.js';

/** One program for all of them: each of its own would read the same sources again. */
const generator = createGenerator({
  path: `{${[...new Set(JSON_DOCUMENTS.map(({ source }) => source))].join(',')}}`,
  tsconfig: join(import.meta.dirname, '..', '..', 'tsconfig.json'),
  skipTypeCheck: true,
});

const schemaText = ({ type }: JsonDocument): string => `${JSON.stringify(generator.createSchema(type), null, 2)}\n`;

describe('the documents of --json', () => {
  it.each(JSON_DOCUMENTS.map((document) => [document.type, document] as const))(
    '%s has a published schema that is current (UPDATE=1 writes it)',
    (_, document) => {
      const text = schemaText(document);
      if (process.env['UPDATE'] === '1') writeFileSync(document.page, text);
      expect(readFileSync(document.page, 'utf8')).toBe(text);
    },
    30_000,
  );

  it('fit their schema, and a wrong key or value does not', () => {
    for (const report of [migrated(), undone()]) {
      const plain = JSON.parse(JSON.stringify(report)) as object;
      requireDocument(plain);
      expect(() => requireDocument({ ...plain, status: 'maybe' })).toThrow(/status/);
      expect(() => requireDocument({ ...plain, surprise: 1 })).toThrow(/additional properties/);
    }
    expect(() => requireDocument({ schema: 'dbctl.unheard/1' })).toThrow(/without a published schema/);
  });

  it('cover an error before a command begins', () => {
    const error = reported(new DbctlError('USAGE', 'which service?', { next: 'dbctl plan' }));
    const document: ErrorDocument = { schema: 'dbctl.error/1', error };
    requireDocument(JSON.parse(JSON.stringify(document)));
  });
});
