import type { Span } from './hcl-file.js';

/** One `{{ … }}`. `open` starts a block that an `end` closes. */
export interface Action extends Span {
  readonly kind: 'open' | 'else' | 'end' | 'plain';
  /** Without braces, trim marks and surrounding space. */
  readonly code: string;
  readonly trimsLeft: boolean;
  readonly trimsRight: boolean;
}

export interface ActionBlock extends Span {
  readonly open: Action;
  readonly close: Action;
  readonly hasElse: boolean;
}

const OPENERS = /^(?:range|with|if|block|define)\b/;

/** Actions of a Go template, in order; undefined when one never ends. */
export function goActions(text: string): Action[] | undefined {
  const actions: Action[] = [];
  let from = text.indexOf('{{');
  while (from !== -1) {
    const end = actionEnd(text, from + 2);
    if (end === undefined) return undefined;
    actions.push(action(text, from, end));
    from = text.indexOf('{{', end);
  }
  return actions;
}

function action(text: string, start: number, end: number): Action {
  const raw = text.slice(start + 2, end - 2);
  const trimsLeft = /^-\s/.test(raw);
  const trimsRight = /\s-$/.test(raw);
  const code = raw.slice(trimsLeft ? 1 : 0, trimsRight ? -1 : undefined).trim();
  return { start, end, kind: kindOf(code), code, trimsLeft, trimsRight };
}

function kindOf(code: string): Action['kind'] {
  if (OPENERS.test(code)) return 'open';
  if (/^else\b/.test(code)) return 'else';
  return code === 'end' ? 'end' : 'plain';
}

/** Strings and comments may hold `}}`. */
function actionEnd(text: string, from: number): number | undefined {
  const token = /"(?:[^"\\\n]|\\.)*"|`[^`]*`|'(?:[^'\\\n]|\\.)*'|\/\*[\s\S]*?\*\/|\}\}/g;
  token.lastIndex = from;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    if (match[0] === '}}') return match.index + 2;
  }
  return undefined;
}

/** Blocks in the order of their openings; undefined when openings and ends do not pair. */
export function actionBlocks(actions: readonly Action[]): ActionBlock[] | undefined {
  const stack: { open: Action; hasElse: boolean }[] = [];
  const blocks: ActionBlock[] = [];
  for (const one of actions) {
    const top = stack[stack.length - 1];
    if (one.kind === 'open') stack.push({ open: one, hasElse: false });
    else if (one.kind === 'else') {
      if (top === undefined) return undefined;
      top.hasElse = true;
    } else if (one.kind === 'end') {
      if (top === undefined) return undefined;
      stack.pop();
      blocks.push({ open: top.open, close: one, hasElse: top.hasElse, start: top.open.start, end: one.end });
    }
  }
  return stack.length > 0 ? undefined : blocks.sort((a, b) => a.start - b.start);
}

/** Does the code use the dot or `$` of what surrounds it? */
export const usesDot = (code: string): boolean =>
  /(?:^|[\s(|,])[.$]/.test(code.replace(/"(?:[^"\\]|\\.)*"|`[^`]*`|'(?:[^'\\]|\\.)*'/g, '""'));

/** Blocks that exist only while the shared instance is registered somewhere. */
export const isServiceLookup = ({ open }: ActionBlock): boolean =>
  /\b(?:nomadService|nomadServices|service|services|connect)\b/.test(open.code.replace(/"(?:[^"\\]|\\.)*"/g, '""'));
