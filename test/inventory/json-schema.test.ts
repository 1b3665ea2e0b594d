import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inventoryJsonSchema, knownKeys } from '../../src/inventory/json-schema.js';

const PATH = join(import.meta.dirname, '..', '..', 'docs', 'schema', 'dbctl.schema.json');

describe('the JSON Schema of the inventory', () => {
  it('is the published one (UPDATE=1 writes it)', () => {
    const text = `${JSON.stringify(inventoryJsonSchema(), null, 2)}\n`;
    if (process.env['UPDATE'] === '1') {
      mkdirSync(dirname(PATH), { recursive: true });
      writeFileSync(PATH, text);
    }
    expect(readFileSync(PATH, 'utf8')).toBe(text);
  });

  it('knows the keys of every level', () => {
    const schema = inventoryJsonSchema();
    expect(knownKeys(schema, [])).toEqual(['version', 'vault', 'shared', 'defaults', 'services']);
    expect(knownKeys(schema, ['services', 'speedtest', 'backup', 'keep'])).toEqual([
      'last',
      'daily',
      'weekly',
      'monthly',
    ]);
    expect(knownKeys(schema, ['defaults', 'backup', 'notify', 0])).toEqual(['url', 'kind', 'on']);
  });

  it('refuses unknown keys, so that editors mark them too', () => {
    expect(inventoryJsonSchema()['additionalProperties']).toBe(false);
  });
});
