import { renderTemplate } from '../handlebars.js';
import { goTemplateLiteral } from '../helpers/go-template.js';
import { hclString } from '../helpers/hcl.js';
import type { Repoint } from '../preset.js';
import { type RepointScript, renderRepointScript } from '../repoint-script.js';
import { readTemplate } from '../templates.js';
import { attributeOf, blocksOf, type HclAttribute, type HclBlock, type HclFile, lineStart } from './hcl-file.js';
import { unsupported } from './unsupported.js';

/** Fixed, as the names of the other tasks are. */
export const REPOINT_TASK = 'db-repoint';

export interface RepointTask extends RepointScript {
  /** The app's task whose driver, image, environment, mounts and user the tool gets. */
  readonly task: string;
}

/** What starts the app itself, or may be taken only once. */
const NOT_COPIED: readonly string[] = ['command', 'args', 'entrypoint', 'ports', 'healthchecks'];

/**
 * The prestart task that runs the app's own tool, made of the app's own task. Throws JOBSPEC_UNSUPPORTED when that task
 * cannot be copied as text.
 */
export function renderRepointTask(file: HclFile, task: HclBlock, options: RepointTask): string {
  const driver = attributeOf(task.body, 'driver');
  if (driver === undefined) return unsupported(file.source, task.start, 'a task without a driver cannot be copied');
  return renderTemplate(readTemplate('repoint.hcl'), {
    name: REPOINT_TASK,
    driver: textOf(file, driver.value),
    user: userText(file, task, options.repoint),
    config: [...configLines(file, task), ...startLines(driver.value.literal)].map((text) => deeper(text, '    ')),
    env: envLines(file, task).map((text) => deeper(text, '    ')),
    mounts: blocksOf(task.body, 'volume_mount').map((block) => deeper(blockText(file, block), '  ')),
    script: goTemplateLiteral(renderRepointScript(options)),
  });
}

const deeper = (text: string, by: string): string => text.replaceAll(/\n(?=.)/g, `\n${by}`);

const textOf = ({ source }: HclFile, { start, end }: { start: number; end: number }): string =>
  source.slice(start, end);

function userText(file: HclFile, task: HclBlock, { user }: Repoint): string {
  const own = attributeOf(task.body, 'user');
  if (own !== undefined) return textOf(file, own.value);
  return user === undefined ? '' : hclString(user);
}

function configLines(file: HclFile, task: HclBlock): string[] {
  const [config] = blocksOf(task.body, 'config');
  if (config === undefined) return [];
  return [
    ...config.body.attributes.filter(({ name }) => !NOT_COPIED.includes(name)).map((one) => pairText(file, one)),
    ...config.body.blocks.filter(({ type }) => !NOT_COPIED.includes(type)).map((block) => blockText(file, block)),
  ];
}

function startLines(driver: string | undefined): string[] {
  const args = 'args = ["${NOMAD_TASK_DIR}/repoint.sh"]';
  const container = driver === 'docker' || driver === 'podman';
  return [container ? 'entrypoint = ["/bin/sh"]' : 'command = "/bin/sh"', args];
}

const envLines = (file: HclFile, task: HclBlock): string[] => [
  ...blocksOf(task.body, 'env').flatMap(({ body }) => body.attributes.map((one) => pairText(file, one))),
  ...(attributeOf(task.body, 'env')?.value.entries ?? []).map((one) => pairText(file, one)),
];

/** A heredoc's lines cannot be moved to another depth without a change. */
function pairText(file: HclFile, { name, value }: HclAttribute): string {
  const text = textOf(file, value);
  if (text.includes('<<')) return unsupported(file.source, value.start, `${name} cannot be copied to another task`);
  return `${/^[A-Za-z_][\w-]*$/.test(name) ? name : hclString(name)} = ${dedented(file, value.start, text)}`;
}

function blockText(file: HclFile, block: HclBlock): string {
  const text = textOf(file, block);
  if (text.includes('<<'))
    return unsupported(file.source, block.start, `${block.type} cannot be copied to another task`);
  return dedented(file, block.start, text);
}

/** Further lines lose the depth at which the first one stands. */
function dedented({ source }: HclFile, start: number, text: string): string {
  const depth = /^[ \t]*/.exec(source.slice(lineStart(source, start), start))?.[0] ?? '';
  return text
    .split(/\r?\n/)
    .map((line, at) => (at > 0 && line.startsWith(depth) ? line.slice(depth.length) : line))
    .join('\n');
}
