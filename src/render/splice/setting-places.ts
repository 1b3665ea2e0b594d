import type { EnvLine } from './env-lines.js';
import { configTemplates, type EnvTemplate, envTemplates, type OpaqueTemplate } from './env-template.js';
import { attributeOf, blocksOf, type HclAttribute, type HclBlock, type Span } from './hcl-file.js';

/** One place where a task gets a setting. `value` is absolute and covers the right side as written. */
export type SettingPlace = EnvPlace | TemplatePlace;

export interface EnvPlace {
  readonly place: 'env';
  readonly key: string;
  readonly value: Span;
  readonly literal: string | undefined;
}

/** `template`: a line of an environment template. `file`: one of a config file, its key a dotted path. */
export interface TemplatePlace {
  readonly place: 'template' | 'file';
  readonly key: string;
  readonly value: Span;
  readonly template: EnvTemplate;
  readonly line: EnvLine;
}

export interface TaskSettings {
  readonly places: readonly SettingPlace[];
  readonly templates: readonly EnvTemplate[];
  /** Templates of config files. */
  readonly files: readonly EnvTemplate[];
  readonly opaque: readonly OpaqueTemplate[];
}

/** Every key of a task's `env` (block or map), of its environment templates and of its config files, in file order. */
export function taskSettings(source: string, task: HclBlock): TaskSettings {
  const env = envTemplates(source, task);
  const config = configTemplates(source, task);
  const places = [
    ...envAttributes(task).map(envPlace),
    ...env.readable.flatMap((template) => templatePlaces(template, 'template')),
    ...config.readable.flatMap((template) => templatePlaces(template, 'file')),
  ];
  return {
    places: places.sort((a, b) => a.value.start - b.value.start),
    templates: env.readable,
    files: config.readable,
    opaque: [...env.opaque, ...config.opaque],
  };
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

const templatePlaces = (template: EnvTemplate, place: TemplatePlace['place']): SettingPlace[] =>
  template.lines.map((line) => ({
    place,
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
