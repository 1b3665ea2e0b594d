import { DbctlError } from '../../errors/dbctl-error.js';
import type { DatabasePart, SettingChange } from '../../plan/types.js';
import { renderDatabasePart, renderNetwork } from '../database-part.js';
import { appAddress } from '../listens-on.js';
import type { Preset, Repoint } from '../presets.js';
import { applyEdits, type Edit } from './apply-edits.js';
import { changeSettings } from './change-settings.js';
import { checkRoom } from './check-room.js';
import { findGroup, findTask } from './find-group.js';
import { blocksOf, type HclBlock, type HclFile } from './hcl-file.js';
import { layoutOf } from './layout.js';
import type { Hcl } from './load-hcl.js';
import { checkUnedited, groupRegions } from './marks.js';
import { networkEdit } from './network-edit.js';
import { partRegion } from './region-text.js';
import { renderRepointTask } from './repoint-task.js';
import type { SharedNames } from './shared-names.js';
import { repointRows } from './splice-repoint.js';
import { unsplice } from './unsplice.js';

export interface SpliceOptions {
  readonly part: DatabasePart;
  readonly preset: Preset;
  /** By task, where it is not `preset`. */
  readonly presets?: Readonly<Record<string, Preset>>;
  readonly group: string;
  /** Tasks whose settings are pointed at the new database. */
  readonly tasks: readonly string[];
  readonly shared: SharedNames;
  /** For an app that owns its settings: its tool, and the address its file has now. */
  readonly repoint?: { readonly commands: Repoint; readonly from: string };
}

export interface Spliced {
  readonly text: string;
  readonly settings: readonly SettingChange[];
}

/**
 * Puts the database part into the operator's own jobspec and points the app at it; every other byte stays.
 * A file that has the part already gets it rendered anew, so running it twice changes nothing.
 * Throws JOBSPEC_UNPARSABLE, JOBSPEC_UNSUPPORTED with the line, NAME_UNSAFE.
 */
export function spliceDatabase(hcl: Hcl, source: string, options: SpliceOptions): Spliced {
  const base = withoutPart(hcl, source, options.group);
  const file = hcl.parse(base);
  const group = findGroup(file, options.group);
  checkRoom(file, group, options.part);
  const changes = options.tasks.flatMap((task) =>
    changeSettings(
      file,
      findTask(file, group, task),
      presetOf(options, task),
      appAddress(options.part),
      options.shared,
    ),
  );
  const kept = changes.flatMap((change) => change.kept ?? []);
  const part = partEdit(
    file,
    group,
    kept,
    renderDatabasePart(options.part) + repointText(file, group, options),
    options,
  );
  const edits = [...changes.map(({ edit }) => edit), ...networkEdit(file, group, options.part), part];
  const text = applyEdits(base, edits);
  proveInverse(hcl, text, base, options.group);
  return { text, settings: [...changes.flatMap(({ settings }) => settings), ...ownFileRows(options)] };
}

export const presetOf = ({ preset, presets }: Pick<SpliceOptions, 'preset' | 'presets'>, task: string): Preset =>
  presets?.[task] ?? preset;

function withoutPart(hcl: Hcl, source: string, groupName: string): string {
  const file = hcl.parse(source);
  const regions = groupRegions(file, findGroup(file, groupName));
  for (const region of regions) checkUnedited(source, region);
  return regions.length === 0 ? source : unsplice(hcl, source, groupName);
}

function partEdit(
  file: HclFile,
  group: HclBlock,
  kept: Parameters<typeof partRegion>[0],
  hcl: string,
  { part }: SpliceOptions,
): Edit {
  const layout = layoutOf(file, group);
  const network = blocksOf(group.body, 'network').length === 0 ? `${renderNetwork(part)}\n` : '';
  return { start: layout.at, end: layout.at, text: partRegion(kept, network + hcl, layout) };
}

/** One task for all that share the file: they start after it. */
function repointText(file: HclFile, group: HclBlock, { tasks, part, repoint }: SpliceOptions): string {
  const [task] = tasks;
  if (repoint === undefined || task === undefined) return '';
  const options = { task, repoint: repoint.commands, address: loopback(part), gated: true };
  return `\n${renderRepointTask(file, findTask(file, group, task), options)}`;
}

const loopback = ({ port }: DatabasePart): string => `127.0.0.1:${port}`;

const ownFileRows = ({ tasks, repoint, part }: SpliceOptions): SettingChange[] =>
  repoint === undefined ? [] : repointRows(tasks, repoint.commands, { from: repoint.from, to: loopback(part) });

/** A splice that could not be taken out again is never handed out. */
function proveInverse(hcl: Hcl, text: string, base: string, group: string): void {
  if (unsplice(hcl, text, group) === base) return;
  throw new DbctlError('INTERNAL', 'the change to the jobspec cannot be undone byte for byte');
}
