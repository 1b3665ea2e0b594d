import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

const GOLDEN = join(fileURLToPath(import.meta.url), '..', '..', 'golden');

export const golden = (name: string): string => readFileSync(join(GOLDEN, name), 'utf8');

/** Compares with a golden file; `UPDATE=1` writes it. */
export function expectGolden(name: string, text: string): void {
  const path = join(GOLDEN, name);
  if (process.env['UPDATE'] === '1') writeFileSync(path, text);
  expect(existsSync(path), `${name} is missing: run with UPDATE=1 and look at it`).toBe(true);
  expect(text).toBe(golden(name));
}
