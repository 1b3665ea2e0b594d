/** Indents HCL but not the bodies of its heredocs, where every byte counts. Two spaces become one `unit`. */
export function indentHcl(text: string, prefix: string, unit: string, eol = '\n'): string {
  let end: string | undefined;
  let out = '';
  for (const line of text.split(/(?<=\n)/)) {
    const bare = line.replace(/\n$/, '');
    if (end !== undefined && bare !== end) {
      out += line;
      continue;
    }
    end = end === undefined ? /<<(\w+)$/.exec(bare)?.[1] : undefined;
    const spread = bare.replace(/^(?: {2})+/, (spaces) => unit.repeat(spaces.length / 2));
    out += (bare === '' ? '' : prefix + spread) + (line.endsWith('\n') ? eol : '');
  }
  return out;
}
