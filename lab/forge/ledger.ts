import { createHash } from 'node:crypto';
import { openSync, writeSync } from 'node:fs';
import type { LedgerLine } from '../apps/shared/writer.js';

export type Kind = 'issue' | 'comment' | 'label' | 'commit';

/** An acknowledged write says where Gitea shows it, and what it said. */
export interface ForgeLine extends LedgerLine {
  readonly what: Kind;
  readonly path?: string;
  readonly digest?: string;
}

/** Opens the file for adding and gives the function that adds a line, on disk before it returns. */
export function ledgerAt(file: string): (line: ForgeLine) => void {
  const fd = openSync(file, 'a', 0o644);
  return (line) => void writeSync(fd, `${JSON.stringify(line)}\n`);
}

/** The repository that the load writes to. */
export const BUSY = 'keeper/busy';

const FIELDS: Readonly<Record<Kind, readonly string[]>> = {
  issue: ['id', 'number', 'title', 'body', 'created_at'],
  comment: ['id', 'body', 'created_at'],
  label: ['id', 'name', 'color', 'description'],
  commit: ['sha', 'created'],
};

/** Of the fields that do not change by themselves: a closed issue or a later comment alters others. */
export function digestOf(what: Kind, text: string): string {
  const answer = JSON.parse(text) as Record<string, unknown>;
  const kept = FIELDS[what].map((field) => answer[field] ?? null);
  return createHash('sha256').update(JSON.stringify(kept)).digest('hex');
}

/**
 * Is that a promise that can be asked for? Gitea 1.26 answers 201 with an empty issue, number 0, when its database goes
 * away between the commit and the answer (`toIssue` returns `&api.Issue{}`): an outcome that its client cannot know.
 */
export function namesWhatWasMade(status: number, text: string): boolean {
  return status === 201 && (JSON.parse(text) as { id?: number }).id !== 0;
}

/** Where Gitea shows what it has just answered with 201. */
export function pathOf(what: Exclude<Kind, 'commit'>, text: string): string {
  const { id, number } = JSON.parse(text) as { id: number; number?: number };
  const paths = { issue: `issues/${number}`, comment: `issues/comments/${id}`, label: `labels/${id}` };
  return `/repos/${BUSY}/${paths[what]}`;
}
