import type { Node } from 'web-tree-sitter';
import {
  type HclAttribute,
  type HclBlock,
  type HclBody,
  type HclFile,
  type HclValue,
  lineEnd,
  lineStart,
  type Span,
} from './hcl-file.js';

/** The first node, in document order, that the grammar could not read. */
export function firstError(node: Node): Node | undefined {
  if (!node.hasError) return undefined;
  if (node.isError || node.isMissing) return node;
  for (const child of kids(node)) {
    const found = firstError(child);
    if (found !== undefined) return found;
  }
  return node;
}

/** Copies what the splice needs out of the wasm memory, so that the tree can be freed at once. */
export function readTree(root: Node, source: string): HclFile {
  const body = kids(root).find((node) => node.type === 'body');
  const comments = root.descendantsOfType('comment').flatMap((node) => (node === null ? [] : [span(node)]));
  return { source, comments, ...(body === undefined ? { blocks: [], attributes: [] } : readBody(body, source)) };
}

const kids = (node: Node): Node[] => node.children.flatMap((child) => (child === null ? [] : [child]));

const span = (node: Node): Span => ({ start: node.startIndex, end: node.endIndex });

const readBody = (body: Node, source: string): HclBody => ({
  blocks: kids(body).flatMap((node) => (node.type === 'block' ? [readBlock(node, source)] : [])),
  attributes: kids(body).flatMap((node) => (node.type === 'attribute' ? [readPair(node, source)] : [])),
});

function readBlock(node: Node, source: string): HclBlock {
  const children = kids(node);
  const [type, ...labels] = children.filter((child) => child.type === 'identifier' || child.type === 'string_lit');
  const body = children.find((child) => child.type === 'body');
  const close = children.find((child) => child.type === 'block_end');
  return {
    ...span(node),
    type: type?.text ?? '',
    labels: labels.map((label) => stringText(label)),
    close: close?.startIndex ?? node.endIndex,
    body: body === undefined ? { blocks: [], attributes: [] } : readBody(body, source),
  };
}

/** `name = value` of a body, or `name : value` of an object. */
function readPair(node: Node, source: string): HclAttribute {
  const children = kids(node).filter((child) => child.type !== 'comment');
  const name = children[0];
  const value = children[children.length - 1];
  return {
    ...span(node),
    name: name === undefined ? '' : stringText(innermost(name)),
    value: value === undefined ? span(node) : readValue(value, source),
  };
}

function readValue(node: Node, source: string): HclValue {
  const inner = innermost(node);
  switch (inner.type) {
    case 'string_lit':
      return { ...span(node), literal: stringText(inner) };
    case 'numeric_lit':
    case 'bool_lit':
    case 'true':
    case 'false':
      return { ...span(node), literal: inner.text };
    case 'object':
      return {
        ...span(node),
        entries: kids(inner).flatMap((child) => (child.type === 'object_elem' ? [readPair(child, source)] : [])),
      };
    case 'heredoc_template':
      return { ...span(node), heredoc: heredocBody(inner, source) };
    default:
      return span(node);
  }
}

const SINGLE: readonly string[] = [
  'expression',
  'literal_value',
  'collection_value',
  'template_expr',
  'variable_expr',
  'bool_lit',
];

function innermost(node: Node): Node {
  const children = kids(node);
  const only = children[0];
  return SINGLE.includes(node.type) && children.length === 1 && only !== undefined ? innermost(only) : node;
}

function heredocBody(node: Node, source: string): Span {
  const words = kids(node).filter((child) => child.type === 'heredoc_identifier');
  const first = words[0];
  const last = words[words.length - 1];
  if (first === undefined || last === undefined) return span(node);
  return { start: lineEnd(source, first.endIndex), end: lineStart(source, last.startIndex) };
}

/** A quoted string without its quotes. Escapes are rare in labels and keys; where they matter the source text decides. */
function stringText(node: Node): string {
  if (node.type !== 'string_lit') return node.text;
  const text = node.text;
  try {
    return String(JSON.parse(text));
  } catch {
    return text.slice(1, -1);
  }
}
