import type { PresetKey } from '../presets.js';
import { renamedLookup } from './address.js';
import type { EnvLine } from './env-lines.js';
import { rewrittenString } from './line-change.js';
import { unwrapLookup } from './lookup-block.js';
import { formText } from './setting-forms.js';
import type { TemplatePlace } from './setting-places.js';
import { type Change, rewrittenKey, textAt, type Work } from './setting-work.js';
import { unsupported } from './unsupported.js';

type Block = Parameters<typeof unwrapLookup>[1];

/** Lines that stand inside a lookup of the shared instance: the lookup goes, or asks for the new service. */
export function lookupChange(work: Work, place: TemplatePlace, block: Block, missing: PresetKey | undefined): Change {
  const { source } = work;
  if (place.place === 'file')
    return unsupported(source, place.value.start, `${place.key} is inside a lookup over several lines`, ON_ITS_LINE);
  if (missing !== undefined)
    unsupported(source, place.value.start, `${missing.key} is not set`, `set ${missing.key} beside ${place.key}`);
  const start = place.template.body.start;
  const span = { start: start + block.start, end: start + block.end };
  const from = source.slice(span.start, span.end);
  const same = block.hasElse ? undefined : renamedLookup(from, work.shared.service, work.address);
  const rows = rowsInside(work, place, block);
  const to = same ?? unwrapped(work, place, block);
  return {
    edit: { ...span, text: to },
    kept: { task: work.task, place: place.place, key: place.key, form: 'lines', from, to },
    settings: rows,
  };
}

const ON_ITS_LINE = 'put the lookup on the line of the setting';

function unwrapped(work: Work, place: TemplatePlace, block: Block): string {
  const address = textAt(work, place);
  const problems: string[] = [];
  const result = unwrapLookup(place.template, block, (name, value) => {
    const key = rewrittenKey(work.preset, { place: place.place, key: name });
    if (key === undefined) return undefined;
    if (key.form !== 'url') return formText(key.form, address);
    const string = rewrittenString(value, work);
    if ('why' in string) problems.push(string.why);
    return 'why' in string ? undefined : string.text;
  });
  const why = problems[0] ?? ('why' in result ? result.why : undefined);
  if (why !== undefined) return unsupported(work.source, place.value.start, `${place.key}: ${why}`);
  return 'text' in result ? result.text : '';
}

const rowsInside = (work: Work, place: TemplatePlace, block: Block): Change['settings'] =>
  place.template.lines
    .filter((line) => block.start < line.keyStart && line.keyStart < block.end)
    .flatMap((line) => rowOf(work, place, line));

function rowOf(work: Work, place: TemplatePlace, line: EnvLine): Change['settings'] {
  const key = rewrittenKey(work.preset, { place: place.place, key: line.key });
  if (key === undefined) return [];
  const row = { task: work.task, place: place.place, key: line.key };
  const value = place.template.text.slice(line.value.start, line.value.end);
  if (work.address.kind === 'service') return [{ ...row, from: work.shared.service, to: work.address.name }];
  if (key.form !== 'url') return [{ ...row, from: value, to: formText(key.form, textAt(work, place)) }];
  const string = rewrittenString(value, work);
  return 'why' in string ? [] : [{ ...row, from: string.from, to: string.to }];
}
