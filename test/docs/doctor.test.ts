import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CHECKS } from '../../src/plan/doctor/index.js';
import { DOCTOR_GROUPS } from '../../src/report/doctor-report.js';
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

const withTables = (page: string): string => {
  const [before = '', rest = ''] = page.split(BEGIN);
  return `${before}${BEGIN}\n\n${tables()}\n${END}${rest.split(END)[1] ?? ''}`;
};

it('docs/doctor.md lists every check (UPDATE=1 writes it)', () => {
  if (process.env['UPDATE'] === '1') writeFileSync(PAGE, withTables(readFileSync(PAGE, 'utf8')));
  const page = readFileSync(PAGE, 'utf8');
  expect(page).toContain(END);
  expect(page).toBe(withTables(page));
});
