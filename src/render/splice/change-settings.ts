import type { SettingChange } from '../../plan/types.js';
import { hclString } from '../helpers/hcl.js';
import type { Preset, PresetKey, SettingForm } from '../presets.js';
import type { Edit } from './apply-edits.js';
import { checkSettings } from './check-settings.js';
import type { HclBlock, Span } from './hcl-file.js';
import type { KeptChange } from './kept-change.js';
import { surroundings, unwrapLookup } from './lookup-block.js';
import { type Address, formSpan, formText } from './setting-forms.js';
import { plainValue, type SettingPlace, taskSettings } from './setting-places.js';
import { unsupported } from './unsupported.js';

export interface Change {
  readonly edit: Edit;
  readonly kept: KeptChange;
  readonly settings: readonly SettingChange[];
}

interface Work {
  readonly source: string;
  readonly task: string;
  readonly preset: Preset;
  readonly address: Address;
}

type TemplatePlace = Extract<SettingPlace, { place: 'template' }>;
type RewrittenKey = PresetKey & { readonly form: SettingForm };

/** Points a task at the address. Throws JOBSPEC_UNSUPPORTED, naming the line, when a place cannot be changed safely. */
export function changeSettings(source: string, block: HclBlock, preset: Preset, address: Address): Change[] {
  const settings = taskSettings(source, block);
  const work: Work = { source, task: block.labels[0] ?? '', preset, address };
  const missing = checkSettings(source, block, settings, preset, address);
  const done = new Set<number>();
  return settings.places.flatMap((place) => {
    const key = rewritten(preset, place.key);
    if (key === undefined) return [];
    const change =
      place.place === 'env' ? envChange(work, place, key) : templateChange(work, place, key, missing, done);
    return change === undefined || change.settings.every(({ from, to }) => from === to) ? [] : [change];
  });
}

const rewritten = (preset: Preset, name: string): RewrittenKey | undefined =>
  preset.keys.find((key): key is RewrittenKey => key.key === name && key.form !== undefined);

function envChange(work: Work, place: SettingPlace, key: RewrittenKey): Change {
  const span = spanOf(work, place, key);
  const text = formText(key.form, work.address);
  return single(work, place, key, span, key.form === 'url' ? text : hclString(text));
}

function templateChange(
  work: Work,
  place: TemplatePlace,
  key: RewrittenKey,
  missing: PresetKey | undefined,
  done: Set<number>,
): Change | undefined {
  const around = surroundings(place.template, place.line.keyStart);
  if (around.kind === 'unclear') return unsupported(work.source, place.value.start, `${place.key}: ${around.why}`);
  if (around.kind === 'lookup') {
    const start = place.template.body.start + around.block.start;
    if (done.has(start)) return undefined;
    done.add(start);
    return lookupChange(work, place, around.block, missing);
  }
  if (missing !== undefined && key.role === 'host') return withPort(work, place, key, missing);
  return single(work, place, key, spanOf(work, place, key), formText(key.form, work.address));
}

function spanOf({ source }: Work, place: SettingPlace, key: RewrittenKey): Span {
  const span = formSpan(key.form, source, place.value);
  return span ?? unsupported(source, place.value.start, `the host of the URL in ${place.key} cannot be told apart`);
}

function single(work: Work, place: SettingPlace, key: RewrittenKey, span: Span, to: string): Change {
  const from = work.source.slice(span.start, span.end);
  const shown = key.form === 'url' ? from : (plainValue(work.source, place) ?? from);
  return {
    edit: { ...span, text: to },
    kept: { task: work.task, place: place.place, key: place.key, form: key.form, from, to },
    settings: [setting(work, place, shown, key)],
  };
}

const setting = (work: Work, { place, key }: SettingPlace, from: string, { form }: RewrittenKey): SettingChange => ({
  ...{ task: work.task, place, key, from },
  to: formText(form, work.address),
});

/** The app's default port is not ours, so the port gets a line of its own under the host's. */
function withPort(work: Work, place: TemplatePlace, key: RewrittenKey, missing: PresetKey): Change {
  const { body, text } = place.template;
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const indent = /^[ \t]*/.exec(text.slice(place.line.start, place.line.keyStart))?.[0] ?? '';
  const span = { start: body.start + place.line.keyStart, end: place.value.end };
  const from = work.source.slice(span.start, span.end);
  const head = work.source.slice(span.start, place.value.start);
  const port = `${missing.key}=${work.address.port}`;
  const to = `${head}${formText(key.form, work.address)}${eol}${indent}${port}`;
  const host = work.source.slice(place.value.start, place.value.end);
  return {
    edit: { ...span, text: to },
    kept: { task: work.task, place: 'template', key: place.key, form: 'lines', from, to },
    settings: [
      setting(work, place, host, key),
      {
        task: work.task,
        place: 'template',
        key: missing.key,
        from: missing.default ?? '',
        to: String(work.address.port),
      },
    ],
  };
}

function lookupChange(
  work: Work,
  place: TemplatePlace,
  block: Parameters<typeof unwrapLookup>[1],
  missing: PresetKey | undefined,
): Change {
  const { template } = place;
  if (missing !== undefined) {
    unsupported(work.source, place.value.start, `${missing.key} is not set`, `set ${missing.key} beside ${place.key}`);
  }
  const inside = template.lines.filter((line) => block.start < line.keyStart && line.keyStart < block.end);
  const result = unwrapLookup(template, block, (name) => {
    const key = rewritten(work.preset, name);
    return key === undefined || key.form === 'url' ? undefined : formText(key.form, work.address);
  });
  if ('why' in result) return unsupported(work.source, place.value.start, `${place.key}: ${result.why}`);
  const span = { start: template.body.start + block.start, end: template.body.start + block.end };
  return {
    edit: { ...span, text: result.text },
    kept: {
      task: work.task,
      place: 'template',
      key: place.key,
      form: 'lines',
      from: work.source.slice(span.start, span.end),
      to: result.text,
    },
    settings: inside.flatMap((line) => {
      const key = rewritten(work.preset, line.key);
      const from = template.text.slice(line.value.start, line.value.end);
      return key === undefined
        ? []
        : [{ task: work.task, place: 'template' as const, key: line.key, from, to: formText(key.form, work.address) }];
    }),
  };
}
