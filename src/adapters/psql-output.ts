/** What came back from PSQL_SCRIPT, cut at its marks. */
export interface PsqlOutput {
  readonly exit: number;
  readonly lines: readonly string[];
  readonly stderr: string;
}

export interface PsqlProblem {
  readonly sqlstate?: string;
  readonly message: string;
  /** Line of the script psql was at: the last one of the failed statement. */
  readonly line?: number;
}

/** `undefined` when a mark is missing: output was lost. */
export function parsePsqlOutput(stdout: string, nonce: string): PsqlOutput | undefined {
  const end = stdout.lastIndexOf(`\n${nonce} end\n`);
  const head = new RegExp(`(?:^|\n)${nonce} (\\d+)\n`).exec(stdout);
  if (end < 0 || !head?.[1] || head.index > end) return undefined;
  return {
    exit: Number(head[1]),
    lines: stdout
      .slice(0, head.index)
      .split('\n')
      .filter((line) => line !== ''),
    stderr: stdout.slice(head.index + head[0].length, end),
  };
}

/** psql with VERBOSITY=verbose: `psql:<file>:<line>: ERROR:  42P01: relation …`. Severity words may be translated by the server. */
const WITH_STATE = /^(?:psql:[^\n]*?:(\d+): )?[^\s:]+:\s+([0-9A-Z]{5}): (.*)$/;

/** The last message counts: warnings come before the error that stopped the script. */
export function psqlProblem(stderr: string): PsqlProblem {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  const found = lines.map((line) => WITH_STATE.exec(line)).findLast((match) => match !== null);
  if (!found) return { message: withoutSecrets(lines.slice(0, 3).join('; ')) || 'psql said nothing' };
  const [, line, sqlstate, message] = found;
  return {
    message: withoutSecrets(message ?? ''),
    ...(sqlstate ? { sqlstate } : {}),
    ...(line ? { line: Number(line) } : {}),
  };
}

/** First line of the statement that ends at `line` (1-based), literals blanked: they may be passwords or verifiers. */
export function statementAt(script: string, line: number): string {
  const lines = withoutLiterals(script).split('\n').slice(0, line);
  let start = lines.length - 1;
  while (start > 0 && !/;\s*$/.test(lines[start - 1] ?? ';')) start--;
  const first = lines.slice(start).find((text) => text.trim() !== '') ?? '';
  return first.trim().slice(0, 160);
}

/** Newlines in literals stay, so that line numbers still fit. */
const withoutLiterals = (script: string): string =>
  script.replace(/'(?:[^']|'')*'|\$(\w*)\$[\s\S]*?\$\1\$/g, (literal) => `'…'${literal.replace(/[^\n]/g, '')}`);

const withoutSecrets = (text: string): string => text.replace(/SCRAM-SHA-256\$\S+/g, '[verifier]').slice(0, 1_000);
