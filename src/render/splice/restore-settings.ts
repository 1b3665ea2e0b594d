import { hclString } from '../helpers/hcl.js';
import type { Edit } from './apply-edits.js';
import { findTask } from './find-group.js';
import type { HclBlock, HclFile, Span } from './hcl-file.js';
import type { KeptChange } from './kept-change.js';
import { writtenPiece } from './setting-forms.js';
import { type TaskSettings, taskSettings } from './setting-places.js';
import { unsupported } from './unsupported.js';

/** Puts kept values back. Throws JOBSPEC_UNSUPPORTED when a present value is not the one that was written. */
export function restoreSettings(file: HclFile, group: HclBlock, kept: readonly KeptChange[]): Edit[] {
  const tasks = [...new Set(kept.map(({ task }) => task))];
  return tasks.flatMap((name) => {
    const task = findTask(file, group, name);
    const settings = taskSettings(file.source, task);
    const own = kept.filter((change) => change.task === name);
    const lines = own
      .filter(({ form }) => form === 'lines')
      .map((change) => restoreLines(file, task, settings, change));
    const singles = own.filter(({ form }) => form !== 'lines');
    const alike = new Map(singles.map((change) => [JSON.stringify([change.place, change.key, change.to]), change]));
    return [
      ...lines,
      ...[...alike.values()].flatMap((change) => restoreAlike(file, task, settings, lines, singles, change)),
    ];
  });
}

/** Changes of the same key to the same value are told apart by their order, so their number must be right. */
function restoreAlike(
  file: HclFile,
  task: HclBlock,
  settings: TaskSettings,
  lines: readonly Span[],
  singles: readonly KeptChange[],
  like: KeptChange,
): Edit[] {
  const changes = singles.filter(({ place, key, to }) => place === like.place && key === like.key && to === like.to);
  const spans = presentSpans(file, settings, like).filter(
    (span) => !lines.some(({ start, end }) => start <= span.start && span.end <= end),
  );
  if (spans.length !== changes.length) {
    const seen = settings.places.find(({ key }) => key === like.key);
    unsupported(
      file.source,
      seen?.value.start ?? task.start,
      `${like.key} of task "${like.task}" is not ${like.to} any more, so what it was cannot be put back`,
      `set ${like.key} to ${like.to.startsWith('"') ? like.to : hclString(like.to)} as dbctl wrote it, then run again`,
    );
  }
  return spans.map((span, at) => ({ ...span, text: changes[at]?.from ?? '' }));
}

const presentSpans = ({ source }: HclFile, { places }: TaskSettings, { place, key, form, to }: KeptChange): Span[] =>
  places.flatMap((one) => {
    if (one.place !== place || one.key !== key || form === 'lines') return [];
    return writtenPiece(form, source, one.value, to) ?? [];
  });

function restoreLines({ source }: HclFile, task: HclBlock, settings: TaskSettings, change: KeptChange): Edit {
  const templates = change.place === 'file' ? settings.files : settings.templates;
  const found = templates.flatMap(({ body, text }) => wholeLines(text, change.to).map((at) => body.start + at));
  const [start, other] = found;
  if (start === undefined || other !== undefined) {
    return unsupported(
      source,
      task.start,
      `the lines with ${change.key} of task "${change.task}" are not those that dbctl wrote`,
    );
  }
  return { start, end: start + change.to.length, text: change.from };
}

/** Offsets at which `lines` stands between line ends, space aside. */
function wholeLines(text: string, lines: string): number[] {
  const found: number[] = [];
  for (let at = text.indexOf(lines); at !== -1; at = text.indexOf(lines, at + 1)) {
    const before = text.slice(text.lastIndexOf('\n', at - 1) + 1, at);
    const after = text.slice(at + lines.length).split('\n')[0] ?? '';
    if (before.trim() === '' && after.trim() === '') found.push(at);
  }
  return found;
}
