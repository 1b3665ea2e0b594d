import { configLines } from './config-lines.js';
import { type EnvLine, envLine, templateLines } from './env-lines.js';
import { type Action, type ActionBlock, actionBlocks, goActions } from './go-actions.js';
import { attributeOf, blocksOf, type HclBlock, type Span } from './hcl-file.js';

/** The heredoc of a template. All offsets inside are relative to `body.start`. */
export interface EnvTemplate {
  readonly body: Span;
  readonly text: string;
  readonly actions: readonly Action[];
  readonly blocks: readonly ActionBlock[];
  readonly lines: readonly EnvLine[];
}

/** A template that cannot be read as lines; `text` shows which keys it may hold. */
export interface OpaqueTemplate extends Span {
  readonly text: string;
  readonly env: boolean;
}

interface Templates {
  readonly readable: EnvTemplate[];
  readonly opaque: OpaqueTemplate[];
}

/** Every environment template of a task, in file order. */
export const envTemplates = (source: string, task: HclBlock): Templates => templates(source, task, true);

/** Every template that makes a file of a task, read as a config file. A script is none: what it says it does by itself. */
export const configTemplates = (source: string, task: HclBlock): Templates => templates(source, task, false);

function templates(source: string, task: HclBlock, env: boolean): Templates {
  const readable: EnvTemplate[] = [];
  const opaque: OpaqueTemplate[] = [];
  for (const block of blocksOf(task.body, 'template')) {
    if ((attributeOf(block.body, 'env')?.value.literal === 'true') !== env) continue;
    if (!env && isScript(source, block)) continue;
    const template = readTemplate(source, block, env ? environmentLines : configLines);
    if (template === undefined)
      opaque.push({ start: block.start, end: block.end, text: source.slice(block.start, block.end), env });
    else readable.push(template);
  }
  return { readable, opaque };
}

function isScript(source: string, block: HclBlock): boolean {
  const body = attributeOf(block.body, 'data')?.value.heredoc;
  return body !== undefined && /^\s*#!\s*\//.test(source.slice(body.start, body.end));
}

const environmentLines = (text: string, actions: readonly Action[]): EnvLine[] =>
  templateLines(text, actions).flatMap((line) => envLine(text, line, actions) ?? []);

function readTemplate(source: string, block: HclBlock, linesOf: typeof environmentLines): EnvTemplate | undefined {
  const body = attributeOf(block.body, 'data')?.value.heredoc;
  if (body === undefined || attributeOf(block.body, 'left_delimiter') !== undefined) return undefined;
  const text = source.slice(body.start, body.end);
  // HCL's own `%{ if }` would make lines come and go.
  if (/(?<!%)%\{/.test(text)) return undefined;
  const actions = goActions(text);
  const blocks = actions && actionBlocks(actions);
  if (actions === undefined || blocks === undefined) return undefined;
  return { body, text, actions, blocks, lines: linesOf(text, actions) };
}
