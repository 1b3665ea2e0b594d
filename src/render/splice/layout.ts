import { type HclBlock, type HclFile, lineStart, type Span } from './hcl-file.js';
import { unsupported } from './unsupported.js';

/** How the file is laid out around a block's end. */
export interface Layout {
  /** Where whole lines can be put at the end of the block. */
  readonly at: number;
  readonly indent: string;
  readonly unit: string;
  readonly eol: string;
}

/** Throws JOBSPEC_UNSUPPORTED when the block's end is not at the start of a line. */
export function layoutOf(file: HclFile, block: HclBlock): Layout {
  const { source, comments } = file;
  const at = lineStart(source, block.close);
  const inComment = comments.some(({ start, end }) => start < at && at < end);
  if (inComment || source.slice(at, block.close).trim() !== '') {
    unsupported(source, block.close, `the end of the ${block.type} block is not at the start of a line`);
  }
  const outer = indentAt(source, block.start);
  const indent = firstIndent(source, block) ?? `${outer}  `;
  const unit = indent.startsWith(outer) && indent.length > outer.length ? indent.slice(outer.length) : '  ';
  return { at, indent, unit, eol: source.slice(0, at).includes('\r\n') ? '\r\n' : '\n' };
}

const indentAt = (source: string, offset: number): string =>
  /^[ \t]*/.exec(source.slice(lineStart(source, offset), offset))?.[0] ?? '';

function firstIndent(source: string, { body, start }: HclBlock): string | undefined {
  const children: Span[] = [...body.blocks, ...body.attributes].sort((a, b) => a.start - b.start);
  const first = children.find((child) => lineStart(source, child.start) > start);
  return first === undefined ? undefined : indentAt(source, first.start);
}
