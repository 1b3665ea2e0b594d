import { DbctlError } from '../../errors/dbctl-error.js';
import type { DatabasePart } from '../../plan/types.js';
import { appAddress } from '../listens-on.js';
import type { Preset } from '../presets.js';
import { applyEdits, type Edit } from './apply-edits.js';
import { changeSettings } from './change-settings.js';
import { findGroup, findTask } from './find-group.js';
import type { HclFile } from './hcl-file.js';
import { layoutOf } from './layout.js';
import type { Hcl } from './load-hcl.js';
import { checkUnedited, findRegions } from './marks.js';
import { partRegion } from './region-text.js';
import type { Change } from './setting-work.js';
import type { SharedNames } from './shared-names.js';
import { presetOf, type Spliced } from './splice-database.js';
import { unsplice } from './unsplice.js';

export interface PointOptions {
  /** The database in a job of its own. */
  readonly part: DatabasePart;
  readonly preset: Preset;
  /** By task, where it is not `preset`. */
  readonly presets?: Readonly<Record<string, Preset>>;
  readonly groups: readonly { readonly name: string; readonly tasks: readonly string[] }[];
  readonly shared: SharedNames;
}

/**
 * Points every client of the operator's jobspec at a database in another job; every other byte stays. What was changed is
 * kept between marks at the end of each group. Running it twice changes nothing, `unsplice` takes it back.
 * Throws JOBSPEC_UNPARSABLE, JOBSPEC_UNSUPPORTED with the line.
 */
export function pointApp(hcl: Hcl, source: string, options: PointOptions): Spliced {
  const base = withoutMarks(hcl, source);
  const file = hcl.parse(base);
  const groups = options.groups.map((group) => ({ name: group.name, changes: changesOf(file, group, options) }));
  const changes = groups.flatMap((group) => group.changes);
  const text = applyEdits(base, [
    ...changes.map(({ edit }) => edit),
    ...groups.flatMap((group) => region(file, group, options.part)),
  ]);
  if (unsplice(hcl, text) !== base)
    throw new DbctlError('INTERNAL', 'the change to the jobspec cannot be undone byte for byte');
  return { text, settings: changes.flatMap(({ settings }) => settings) };
}

function withoutMarks(hcl: Hcl, source: string): string {
  const regions = findRegions(hcl.parse(source));
  for (const found of regions) checkUnedited(source, found);
  return unsplice(hcl, source);
}

function changesOf(file: HclFile, { name, tasks }: PointOptions['groups'][number], options: PointOptions): Change[] {
  const group = findGroup(file, name);
  const address = appAddress(options.part);
  return tasks.flatMap((task) =>
    changeSettings(file, findTask(file, group, task), presetOf(options, task), address, options.shared),
  );
}

function region(
  file: HclFile,
  { name, changes }: { readonly name: string; readonly changes: readonly Change[] },
  part: DatabasePart,
): Edit[] {
  if (changes.length === 0) return [];
  const layout = layoutOf(file, findGroup(file, name));
  const note = `# The database is in job ${JSON.stringify(part.job)}, a file of its own beside this one.\n`;
  const kept = changes.flatMap((change) => change.kept ?? []);
  return [{ start: layout.at, end: layout.at, text: partRegion(kept, note, layout) }];
}
