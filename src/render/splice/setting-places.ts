import type { EnvLine } from './env-lines.js';
import { type EnvTemplate, envTemplates, type OpaqueTemplate } from './env-template.js';
import { attributeOf, blocksOf, type HclAttribute, type HclBlock, type Span } from './hcl-file.js';

/** One place where a task's environment gets a key. `value` is absolute and covers the right side as written. */
export type SettingPlace =
  | { readonly place: 'env'; readonly key: string; readonly value: Span; readonly literal: string | undefined }
  | {
      readonly place: 'template';
      readonly key: string;
      readonly value: Span;
      readonly template: EnvTemplate;
      readonly line: EnvLine;
    };

export interface TaskSettings {
  readonly places: readonly SettingPlace[];
  readonly templates: readonly EnvTemplate[];
  readonly opaque: readonly OpaqueTemplate[];
}

/** Every key of a task's `env` (block or map) and of its readable environment templates, in file order. */
export function taskSettings(source: string, task: HclBlock): TaskSettings {
  const { readable, opaque } = envTemplates(source, task);
  const places = [...envAttributes(task).map(envPlace), ...readable.flatMap(templatePlaces)];
  return { places: places.sort((a, b) => a.value.start - b.value.start), templates: readable, opaque };
}

const envAttributes = (task: HclBlock): readonly HclAttribute[] => [
  ...blocksOf(task.body, 'env').flatMap((block) => block.body.attributes),
  ...(attributeOf(task.body, 'env')?.value.entries ?? []),
];

const envPlace = ({ name, value }: HclAttribute): SettingPlace => ({
  place: 'env',
  key: name,
  value: { start: value.start, end: value.end },
  literal: value.literal,
});

const templatePlaces = (template: EnvTemplate): SettingPlace[] =>
  template.lines.map((line) => ({
    place: 'template',
    key: line.key,
    value: { start: template.body.start + line.value.start, end: template.body.start + line.value.end },
    template,
    line,
  }));

/** The plain value of a place, without quotes; undefined when Nomad computes it. */
export function plainValue(source: string, place: SettingPlace): string | undefined {
  if (place.place === 'env') return place.literal;
  const text = source.slice(place.value.start, place.value.end);
  if (text.includes('{{') || text.includes('${')) return undefined;
  return text.replace(/^(["'])(.*)\1$/, '$2');
}
