import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CHECKS } from '../../src/plan/doctor/index.js';
import { DOCTOR_GROUPS } from '../../src/report/doctor-report.js';
import { WORLDS } from '../e2e/worlds/index.js';
import { markdownTable } from '../support/markdown-table.js';

const PAGE = join(import.meta.dirname, '..', '..', 'docs', 'doctor.md');
const BEGIN = '<!-- checks: written from src/plan/doctor -->';
const END = '<!-- end of checks -->';

const escaped = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');

const tables = (): string =>
  DOCTOR_GROUPS.flatMap((group) => [
    `### ${group}`,
    '',
    ...markdownTable([
      ['check', 'what is looked at', 'why it matters', 'needs'],
      ...CHECKS.filter((check) => check.group === group).map(({ id, title, why, needs }) => [
        `\`${id}\``,
        escaped(title),
        escaped(why),
        needs.map((need) => `\`${need}\``).join(', '),
      ]),
    ]),
    '',
  ]).join('\n');

const WORLDS_BEGIN = '<!-- worlds: written from test/e2e/worlds -->';
const WORLDS_END = '<!-- end of worlds -->';

const worlds = (): string =>
  markdownTable([
    ['named first', 'how it is broken', 'mended by'],
    ...WORLDS.map(({ id, broken, by }) => [`\`${id}\``, escaped(broken), by]),
  ]).join('\n');

const between = (page: string, begin: string, end: string, text: string): string => {
  const [before = '', rest = ''] = page.split(begin);
  return `${before}${begin}\n\n${text}\n${end}${rest.split(end)[1] ?? ''}`;
};

const withTables = (page: string): string =>
  between(between(page, BEGIN, END, tables()), WORLDS_BEGIN, WORLDS_END, `${worlds()}\n`);

it('docs/doctor.md lists every check and every broken world (UPDATE=1 writes it)', () => {
  if (process.env['UPDATE'] === '1') writeFileSync(PAGE, withTables(readFileSync(PAGE, 'utf8')));
  const page = readFileSync(PAGE, 'utf8');
  expect(page).toContain(END);
  expect(page).toContain(WORLDS_END);
  expect(page).toBe(withTables(page));
});

it('each broken world is of a check of its own', () => {
  const ids = WORLDS.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(CHECKS.map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
  expect(ids.length).toBeGreaterThanOrEqual(45);
});
