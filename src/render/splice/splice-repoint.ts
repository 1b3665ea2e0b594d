import type { SettingChange } from '../../plan/types.js';
import { indentHcl } from '../indent-hcl.js';
import type { Repoint } from '../preset.js';
import { applyEdits } from './apply-edits.js';
import { findGroup, findTask } from './find-group.js';
import { layoutOf } from './layout.js';
import type { Hcl } from './load-hcl.js';
import { renderRepointTask } from './repoint-task.js';

export interface RepointBack {
  readonly group: string;
  readonly task: string;
  readonly repoint: Repoint;
  /** As the app's file had it before the move. */
  readonly address: string;
}

/**
 * The operator's own text with a task that puts the old address back before the app starts. It is registered for the way
 * back only and never written to the file. Throws JOBSPEC_UNPARSABLE, JOBSPEC_UNSUPPORTED.
 */
export function spliceRepoint(hcl: Hcl, source: string, { group, task, repoint, address }: RepointBack): string {
  const file = hcl.parse(source);
  const block = findGroup(file, group);
  const layout = layoutOf(file, block);
  const text = renderRepointTask(file, findTask(file, block, task), { task, repoint, address, gated: false });
  return applyEdits(source, [
    { start: layout.at, end: layout.at, text: indentHcl(text, layout.indent, layout.unit, layout.eol) },
  ]);
}

/** What the plan shows of it: one row per task that reads the file. */
export const repointRows = (
  tasks: readonly string[],
  { file }: Repoint,
  { from, to }: { readonly from: string; readonly to: string },
): SettingChange[] =>
  tasks.map((task) => ({ task, place: 'own-file', key: file?.split('/').at(-1) ?? 'own settings', from, to }));
