/** Why pg_restore stopped, as its log says. */
export interface RestoreProblem {
  /** `INDEX t_a`, as the dump's own list names it. */
  readonly object: string;
  /** The server's words. */
  readonly error: string;
  /** `Key (a)=(1) is duplicated.` and the like. */
  readonly detail: string | undefined;
  readonly table: string | undefined;
  readonly next: string;
}

/** The dump is fine and the server is not: somebody has to mend the server, and may then try again. */
const ENVIRONMENT =
  /No space left|out of memory|could not (?:extend|write|fsync|open file)|terminating connection|lock timeout|too many|connection slots|server closed|shared memory|the database system is|max_locks/;

const after = (lines: readonly string[], pattern: RegExp): string | undefined =>
  lines.map((line) => pattern.exec(line)?.[1]).find((found) => found !== undefined);

/** `undefined` when the log names no object that the server refused. Pure; `lines` are the last ones of the log. */
export function restoreProblem(lines: readonly string[]): RestoreProblem | undefined {
  const at = lines.findIndex((line) => /^(?:pg_restore: from TOC entry|restore: at) /.test(line));
  const about = at < 0 ? [] : lines.slice(at);
  const object = objectOf(about[0] ?? '');
  const error = after(about, /^(?:pg_restore: error: .*?|psql:schema\.sql:\d+: )ERROR: +(.*)$/);
  if (object === undefined || error === undefined || ENVIRONMENT.test(error)) return undefined;
  const detail = after(about, /^(?:psql:\S+ )?DETAIL: +(.*)$/);
  const table =
    after(about, /^Command was: .*? ON (?:ONLY )?(\S+) USING/) ??
    after(about, /^Command was: ALTER TABLE (?:ONLY )?(\S+)/);
  return { object, error, detail, table, next: nextOf(error, about) };
}

/** As the list of the dump has it, or as the comment above a definition in the schema as text. */
function objectOf(line: string): string | undefined {
  const listed = /^pg_restore: from TOC entry \d+; \d+ \d+ (.*) \S+$/.exec(line)?.[1];
  const [, name, type] = /^restore: at -- Name: (.*); Type: (.*?); Schema: /.exec(line) ?? [];
  return listed ?? (name === undefined ? undefined : `${type} ${name}`);
}

const FUNCTION = /^(?:CONTEXT: +)?(?:SQL|PL\/\w+) function "?([^"(\s]+(?:\([^)]*\))?)/;

function nextOf(error: string, lines: readonly string[]): string {
  const caller = after(lines, FUNCTION);
  if (/does not exist/.test(error) && caller !== undefined)
    return `function ${caller} leaves out a schema, and a restore has no search path: alter function ${caller} set search_path = <its schema>`;
  if (/could not create unique index/.test(error))
    return 'the source holds that key more than once, so its index is damaged: dbctl verify names the rows; remove the wrong one, then reindex';
  if (/violates/.test(error)) return 'the source holds rows that its own constraint forbids: mend them there';
  if (/^role .* does not exist/.test(error))
    return 'that role is not on the new server: make it on the shared instance, or give its objects another owner';
  return 'mend the object on the source';
}
