/** A jobspec as plain ranges: offsets are UTF-16 code units of the source, `end` is exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface HclBlock extends Span {
  readonly type: string;
  /** Labels as they read; a label with an interpolation is kept as source text. */
  readonly labels: readonly string[];
  /** Offset of the closing brace. */
  readonly close: number;
  readonly body: HclBody;
}

export interface HclBody {
  readonly blocks: readonly HclBlock[];
  readonly attributes: readonly HclAttribute[];
}

export interface HclAttribute extends Span {
  readonly name: string;
  readonly value: HclValue;
}

export interface HclValue extends Span {
  /** The text of a plain string, the digits of a number, `true` or `false`; undefined for everything computed. */
  readonly literal?: string;
  /** Whole lines between the heredoc's words. */
  readonly heredoc?: Span;
  /** Entries of an object whose keys are plain. */
  readonly entries?: readonly HclAttribute[];
}

export interface HclFile extends HclBody {
  readonly source: string;
  readonly comments: readonly Span[];
}

/** 1-based, for messages. */
export const lineOf = (source: string, offset: number): number => source.slice(0, offset).split('\n').length;

export const lineStart = (source: string, offset: number): number =>
  offset === 0 ? 0 : source.lastIndexOf('\n', offset - 1) + 1;

/** Offset after the line's newline, or the end of the text. */
export function lineEnd(source: string, offset: number): number {
  const newline = source.indexOf('\n', offset);
  return newline === -1 ? source.length : newline + 1;
}

export const blocksOf = (body: HclBody, type: string): HclBlock[] => body.blocks.filter((block) => block.type === type);

export const attributeOf = (body: HclBody, name: string): HclAttribute | undefined =>
  body.attributes.find((attribute) => attribute.name === name);
