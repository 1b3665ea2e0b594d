import type { SettingChange } from '../../plan/types.js';
import type { PresetKey } from '../presets.js';
import { addressText } from './address.js';
import { applyEdits } from './apply-edits.js';
import { type HclBlock, type HclFile, lineEnd, lineStart } from './hcl-file.js';
import { layoutOf } from './layout.js';
import { regionText } from './region-text.js';
import { formPieces, formText } from './setting-forms.js';
import type { EnvPlace } from './setting-places.js';
import { type Change, type RewrittenKey, textAt, type Work } from './setting-work.js';
import { unsupported } from './unsupported.js';

/** The app's default port is not ours, so the port gets a marked line of its own under the host's. */
export function portBeside(work: Work, place: EnvPlace, missing: PresetKey): Change {
  const { port } = textAt(work, place);
  const line = wholeLine(work.source, place);
  const text = regionText('setting', [], `${missing.key} = "${port}"\n`, { ...line, unit: '  ' });
  const row = { task: work.task, place: 'env' as const, key: missing.key, from: missing.default ?? '', to: port };
  return { edit: { start: line.end, end: line.end, text }, settings: [row] };
}

/**
 * Only a template can ask for a service: the keys leave `env`, each with a mark that keeps its line, and come back in a
 * template of the same task. Throws JOBSPEC_UNSUPPORTED for a value that would not mean the same there.
 */
export function movedToTemplate(
  file: HclFile,
  task: HclBlock,
  work: Work,
  places: readonly (readonly [EnvPlace, RewrittenKey])[],
): Change[] {
  if (places.length === 0) return [];
  const moved = places.map(([place, key]) => ({ place, key, value: templateValue(work, place, key) }));
  const layout = layoutOf(file, task);
  const data = moved.map(({ key, value }) => `${key.key}="${value}"\n`).join('');
  const text = `template {\n  destination = "secrets/database.env"\n  env         = true\n  data        = <<EOT\n${data}EOT\n}\n`;
  const region = regionText('setting', [], text, layout);
  return [
    ...moved.map(({ place, key, value }) => takenOut(work, place, key, value)),
    { edit: { start: layout.at, end: layout.at, text: region }, settings: [] },
  ];
}

function takenOut(work: Work, place: EnvPlace, key: RewrittenKey, value: string): Change {
  const line = wholeLine(work.source, place);
  const was = work.source.slice(line.start, line.end);
  const text = regionText('moved', [`# was ${JSON.stringify(was)}`], '', { ...line, unit: '  ' });
  const from = key.form === 'url' ? work.shared.service : (place.literal ?? '');
  const to = key.form === 'url' ? (work.address.kind === 'service' ? work.address.name : '') : value;
  const row: SettingChange = { task: work.task, place: 'env', key: place.key, from, to };
  return { edit: { start: line.start, end: line.end, text }, settings: [row] };
}

/** A template fills in no `${NOMAD_…}`, and its lines are read once more as words of a shell are. */
function templateValue(work: Work, place: EnvPlace, { form }: RewrittenKey): string {
  const address = addressText(work.address, 'template');
  if (form !== 'url' && address !== undefined) return formText(form, address);
  const written = work.source.slice(place.value.start, place.value.end);
  const text = /^"([^"\\]*)"$/.exec(written)?.[1];
  const strange = text?.replaceAll(/\$\{(?:var|local)(?:\.\w+)+\}/g, '');
  const found =
    text === undefined || address === undefined
      ? undefined
      : formPieces(form, text, { start: 0, end: text.length }, address);
  if (text === undefined || found === undefined || 'why' in found || /[${}`']/.test(strange ?? ''))
    return unsupported(
      work.source,
      place.value.start,
      `${place.key} is in env, which cannot ask for a service`,
      `move ${place.key} into a template with env = true`,
    );
  return applyEdits(
    text,
    found.pieces.map(({ start, end, to }) => ({ start, end, text: to })),
  );
}

/** The line of an attribute that is alone on it, and how it is written. */
function wholeLine(
  source: string,
  { key, value }: EnvPlace,
): { start: number; end: number; indent: string; eol: string } {
  const start = lineStart(source, value.start);
  const end = lineEnd(source, value.end);
  const line = source.slice(start, end);
  const before = source.slice(start, value.start);
  const after = source.slice(value.end, end);
  if (!/^[ \t]*"?[\w.-]+"?[ \t]*[=:][ \t]*$/.test(before) || !/^[ \t]*,?[ \t]*(?:(?:#|\/\/).*)?\r?\n$/.test(after))
    unsupported(source, value.start, `${key} shares its line with something else`);
  return { start, end, indent: /^[ \t]*/.exec(line)?.[0] ?? '', eol: line.endsWith('\r\n') ? '\r\n' : '\n' };
}
