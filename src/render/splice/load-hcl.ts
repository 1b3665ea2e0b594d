import { createRequire } from 'node:module';
import { Language, Parser } from 'web-tree-sitter';
import { DbctlError } from '../../errors/dbctl-error.js';
import { type HclFile, lineOf } from './hcl-file.js';
import { firstError, readTree } from './read-tree.js';

/** A loaded HCL grammar. */
export interface Hcl {
  /** Throws JOBSPEC_UNPARSABLE with the line of the first error. */
  parse(source: string): HclFile;
}

/** Loads the grammar's wasm from node_modules: 20 ms, once per process. */
export async function loadHcl(): Promise<Hcl> {
  await Parser.init();
  const wasm = createRequire(import.meta.url).resolve('@tree-sitter-grammars/tree-sitter-hcl/tree-sitter-hcl.wasm');
  const language = await Language.load(wasm);
  return { parse: (source) => parse(language, source) };
}

function parse(language: Language, source: string): HclFile {
  const parser = new Parser();
  parser.setLanguage(language);
  const tree = parser.parse(source);
  try {
    if (tree === null) throw new DbctlError('INTERNAL', 'the HCL parser gave no tree');
    const error = firstError(tree.rootNode);
    if (error !== undefined) {
      throw new DbctlError('JOBSPEC_UNPARSABLE', 'the jobspec is not valid HCL', {
        where: `line ${lineOf(source, error.startIndex)}`,
        value: source.slice(error.startIndex, error.startIndex + 60).split('\n')[0] ?? '',
      });
    }
    return readTree(tree.rootNode, source);
  } finally {
    tree?.delete();
    parser.delete();
  }
}
