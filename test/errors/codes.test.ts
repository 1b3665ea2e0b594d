import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CODES } from '../../src/errors/codes.js';

const root = join(import.meta.dirname, '../..');
const text = ['src', 'lab']
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('errors/codes.ts'))
      .map((name) => readFileSync(join(root, folder, name), 'utf8')),
  )
  .join('\n');

/** Thrown, told as a finding of the plan, or what an exit code of a toolbox script stands for. */
const isUsed = (code: string): boolean =>
  [`new DbctlError\\(\\s*'${code}'`, `\\bcode: '${code}'`, `^ +2\\d: '${code}'`].some((form) =>
    new RegExp(form, 'm').test(text),
  );

it.each(Object.keys(CODES))('%s is thrown somewhere, or told by a plan', (code) => {
  expect(isUsed(code)).toBe(true);
});
