import type { Toolbox } from '../pipeline/live.js';
import { inToolbox } from '../pipeline/toolbox-run.js';
import type { UseCaseDeps } from './deps.js';

export interface SetLook {
  /** Where Nomad keeps its data on the toolbox's node; `null`: not told. */
  readonly freeBytes: number | null;
  /** Of all its databases; `null` when there is no set to look at. */
  readonly extensions: readonly string[] | null;
  /** As SQL writes them, the superuser among them. */
  readonly roles: readonly string[] | null;
}

/** Each dump's evidence has a line for each extension. $1: the set, or nothing. */
const LOOK = `df -Pk -- "$NOMAD_ALLOC_DIR" | sed -n '2s/^/dbctl-df /p'
[ -z "$1" ] || sed -n 's/^{"k" : "catalog", "kind" : "extension", "name" : "\\([^"\\\\]*\\)".*/dbctl-extension \\1/p' "$1"/*/evidence.jsonl
[ -z "$1" ] || [ ! -f "$1/globals.sql" ] || sed -n 's/^CREATE ROLE \\(.*\\);$/dbctl-role \\1/p' "$1/globals.sql"`;

/** What a set needs and what there is room for, by the toolbox beside it. Changes nothing. */
export async function lookAtSet(deps: UseCaseDeps, toolbox: Toolbox, folder: string | null): Promise<SetLook> {
  const said = await inToolbox(deps, toolbox, LOOK, folder ?? '');
  const blocks = /^dbctl-df .* (\d+) +\d+% /m.exec(said)?.[1];
  const all = (word: 'extension' | 'role'): string[] =>
    [...new Set([...said.matchAll(new RegExp(`^dbctl-${word} (.+)$`, 'gm'))].map(([, name = '']) => name))].sort();
  return {
    freeBytes: blocks === undefined ? null : Number(blocks) * 1024,
    extensions: folder === null ? null : all('extension'),
    roles: folder === null ? null : all('role'),
  };
}
