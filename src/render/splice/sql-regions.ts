import type { HclBody, HclFile, Span } from './hcl-file.js';

/** A heredoc of the jobspec that holds SQL, alone or inside a shell script. All offsets are absolute. */
export interface SqlScript {
  readonly sql: readonly Span[];
  /** The shell text around the SQL. */
  readonly shell: readonly Span[];
}

const SHELL_HEREDOC = /<<(-?)[ \t]*(['"]?)([A-Za-z_]\w*)\2[^\n]*\n/g;
const LOOKS_LIKE_SQL =
  /^\s*(?:(?:--[^\n]*|\/\*[\s\S]*?\*\/|\\[a-z][^\n]*)\s*)*(?:SELECT|CREATE|ALTER|GRANT|DO|SET|BEGIN|REVOKE)\b/i;

/** Every heredoc of the file, read as psql script or as shell script with psql heredocs in it. */
export const sqlScripts = (file: HclFile): SqlScript[] => heredocs(file).map((span) => readScript(file.source, span));

const heredocs = (body: HclBody): Span[] => [
  ...body.attributes
    .flatMap(({ value }) => [value, ...(value.entries ?? []).map((entry) => entry.value)])
    .flatMap(({ heredoc }) => heredoc ?? []),
  ...body.blocks.flatMap((block) => heredocs(block.body)),
];

function readScript(source: string, span: Span): SqlScript {
  const text = source.slice(span.start, span.end);
  if (LOOKS_LIKE_SQL.test(text)) return { sql: [span], shell: [] };
  const sql: Span[] = [];
  const shell: Span[] = [];
  let at = 0;
  for (const body of shellHeredocs(text)) {
    if (body.start < at) continue;
    shell.push({ start: span.start + at, end: span.start + body.start });
    sql.push({ start: span.start + body.start, end: span.start + body.end });
    at = body.end;
  }
  shell.push({ start: span.start + at, end: span.end });
  return { sql, shell };
}

function shellHeredocs(text: string): Span[] {
  return [...text.matchAll(SHELL_HEREDOC)].flatMap((match) => {
    const start = match.index + match[0].length;
    const end = new RegExp(`^[ \\t]*${match[3]}[ \\t]*\\r?$`, 'm').exec(text.slice(start));
    return end === null ? [] : [{ start, end: start + end.index }];
  });
}
