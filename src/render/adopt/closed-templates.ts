import { presetForImage } from '../presets.js';
import { envTemplates } from '../splice/env-template.js';
import { attributeOf, blocksOf, type HclBlock, type HclFile, lineOf } from '../splice/hcl-file.js';

/** An environment template that a reader of this file alone cannot read as lines. */
export interface ClosedTemplate {
  readonly task: string;
  /** 1-based. */
  readonly line: number;
  /** `data = file(".env")` */
  readonly text: string;
  /** The app is known to use a database, or the text says that it is about one. */
  readonly likely: boolean;
}

const ABOUT_A_DATABASE = /(?:DATABASE|(?<![A-Za-z])DB|POSTGRES|PGSQL|PGHOST|DSN|DATASOURCE)\w*\s*[=:]/i;

/** Templates whose text is in another file, in a variable without a default, or in one quoted line. */
export const closedTemplates = (file: HclFile, task: HclBlock, image: string): ClosedTemplate[] => {
  const { opaque } = envTemplates(file.source, task);
  return blocksOf(task.body, 'template')
    .filter(({ start }) => opaque.some((one) => one.start === start))
    .flatMap((block) => {
      const given = attributeOf(block.body, 'data') ?? attributeOf(block.body, 'source');
      if (given === undefined) return [];
      const text = file.source.slice(given.start, given.end).split('\n')[0] ?? '';
      const likely = presetForImage(image) !== undefined || ABOUT_A_DATABASE.test(given.value.literal ?? text);
      return [{ task: task.labels[0] ?? '', line: lineOf(file.source, given.start), text, likely }];
    });
};
