import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BadInput } from './bad-input.js';
import { CHAPTERS } from './cases.js';
import type { Told } from './outcome.js';

const PATH = join(import.meta.dirname, '../../../docs/bad-input.md');

export interface Row extends Told {
  readonly input: string;
  readonly exit: number;
}

const HEAD = `# Bad input

What dbctl says when something is wrong, from a real run: every case below is made in a lab (a real Nomad, Vault and PostgreSQL), the
real program is run, and jobs, variables, volumes, secrets, databases, roles, rights and files are compared before and after:
**nothing changes**. Written by \`UPDATE=1 npx vitest run --project breadth test/e2e/bad-input.e2e.test.ts\`.

Exit 3, 5, 6 and 64 are refusals (\`docs/errors.md\`). Exit 0 stands for what is allowed but worth knowing: the plan says it and goes on.
A refused move lists everything that stands in its way at once, not only the first thing.
`;

const COLUMNS = ['input', 'exit', 'code', 'message', 'next'] as const;

/** The page from the results of a run, in the order of the cases. */
export function writePage(rows: readonly Row[]): void {
  const chapters = CHAPTERS.map(({ title, cases }) =>
    [
      `## ${title}`,
      '',
      line(COLUMNS),
      line(COLUMNS.map(() => '---')),
      ...cases.map((bad) => line(cells(bad, rows))),
    ].join('\n'),
  );
  writeFileSync(PATH, `${HEAD}\n${chapters.join('\n\n')}\n`);
}

function cells({ input }: BadInput, rows: readonly Row[]): string[] {
  const row = rows.find((item) => item.input === input);
  if (row === undefined) throw new Error(`no result for: ${input}`);
  return [row.input, String(row.exit), `\`${row.code}\``, row.message, row.next];
}

const line = (texts: readonly string[]): string => `| ${texts.map(escaped).join(' | ')} |`;
const escaped = (text: string): string =>
  text
    .replaceAll('\\', '\\\\')
    .replaceAll('|', '\\|')
    .replaceAll('<', '&lt;')
    .replaceAll(/\s*\n\s*/g, ' ');
const unescaped = (text: string): string => text.replaceAll('&lt;', '<').replaceAll(/\\([\\|])/g, '$1');

/** The page as it is, row by row. */
export const readPage = (): Row[] =>
  readFileSync(PATH, 'utf8')
    .split('\n')
    .map((text) => text.split(/(?<!\\) ?\| ?/).slice(1, -1))
    .filter(([, exit]) => /^\d+$/.test(exit ?? ''))
    .map(([input = '', exit, code = '', message = '', next = '']) => ({
      input: unescaped(input),
      exit: Number(exit),
      code: code.replaceAll('`', ''),
      message: unescaped(message),
      next: unescaped(next),
    }));

/** Without what differs from run to run: ids, ports, process numbers, folders. */
export const lasting = (text: string, home: string): string =>
  text
    .replaceAll(home, '~')
    .replaceAll(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, '<id>')
    .replaceAll(/\b[0-9a-f]{8}\b/g, '<id>')
    .replaceAll(/\bpid \d+/g, 'pid 4711')
    .replaceAll(/\bPGSQL\.\d+/g, 'PGSQL.<port>')
    .replaceAll(/\bport:? \d{4,5}\b/g, (found) => found.replace(/\d+/, '<port>'))
    .replaceAll(/\bhas \d+ free connections/g, 'has 2 free connections')
    .replaceAll(/\b(has) \d+ (MiB|MHz|MB)/g, '$1 <n> $2')
    .replaceAll(/lab-e2e-bad-input/g, 'node-1');
