import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { type Document, LineCounter, parseDocument } from 'yaml';
import { DbctlError } from '../errors/dbctl-error.js';
import { crossChecks } from './cross-checks.js';
import { describeIssue, type Problem } from './describe-issue.js';
import { inventoryJsonSchema } from './json-schema.js';
import { keyPathText, keyPosition } from './key-lines.js';
import { resolveInventory } from './resolve.js';
import { rawInventorySchema } from './schema.js';
import type { Inventory } from './types.js';

/**
 * The text of `dbctl.yaml` → Inventory with all defaults. With `apps`, `app:` may only name one of them.
 * Throws INVENTORY_INVALID whose details hold every problem as `file:line:column key.path: text`.
 */
export const parseInventory = (text: string, path: string, apps?: readonly string[]): Inventory => {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true });
  if (document.errors.length > 0) throw invalid(path, syntaxProblems(document, lines, path));
  const file: unknown = document.toJS();
  const parsed = rawInventorySchema.safeParse(file ?? {});
  const locate = (problem: Problem): Located => ({ ...keyPosition(document, lines, problem.path), problem });
  if (!parsed.success) {
    const schema = inventoryJsonSchema();
    throw invalid(
      path,
      inFileOrder(parsed.error.issues.flatMap((issue) => describeIssue(issue, file, schema)).map(locate), path),
    );
  }
  const inventory = resolveInventory(parsed.data, path, createHash('sha256').update(text).digest('hex'));
  const problems = crossChecks(inventory, apps);
  if (problems.length > 0) throw invalid(path, inFileOrder(problems.map(locate), path));
  return inventory;
};

interface Located {
  readonly line: number;
  readonly column: number;
  readonly problem: Problem;
}

const inFileOrder = (located: readonly Located[], path: string): string[] =>
  located
    .toSorted((a, b) => a.line - b.line || a.column - b.column)
    .map(
      ({ line, column, problem }) =>
        `${basename(path)}:${line}:${column} ${keyPathText(problem.path) || '(file)'}: ${problem.text}`,
    );

const syntaxProblems = (document: Document.Parsed, lines: LineCounter, path: string): string[] =>
  document.errors.map((error) => {
    const { line, col } = lines.linePos(error.pos[0]);
    return `${basename(path)}:${line}:${col} ${error.code === 'DUPLICATE_KEY' ? 'the same key twice' : `not valid YAML: ${error.message}`}`;
  });

const invalid = (path: string, details: readonly string[]): DbctlError =>
  new DbctlError(
    'INVENTORY_INVALID',
    details.length === 1 ? 'the inventory has 1 problem' : `the inventory has ${details.length} problems`,
    {
      where: path,
      details,
      next: 'correct the lines above and run the command again',
    },
  );
