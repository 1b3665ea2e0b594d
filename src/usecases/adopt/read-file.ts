import { isDbctlError } from '../../errors/dbctl-error.js';
import type { NomadJob, NomadTask } from '../../ports/nomad.js';
import {
  type AppHints,
  type ClosedTemplate,
  choosePreset,
  closedTemplates,
  type Engine,
  engineWord,
  findRegions,
  fits,
  type Hcl,
  type HclFile,
  isForMysqlOnly,
  isPostgresUrl,
  otherEngines,
  type Preset,
  readJob,
  type SeenClient,
  type SeenServer,
  type SeenSetting,
  seenClient,
  seenServers,
  seenSettings,
  taskBlock,
  unclearHosts,
  vaultRole,
} from '../../render/index.js';
import { type FetchedUrl, fetchedUrls } from './fetched-urls.js';

/** A jobspec as it was read; nothing is decided yet. */
export interface ReadFile {
  readonly file: HclFile;
  readonly job: NomadJob;
  readonly servers: readonly SeenServer[];
  readonly clients: readonly SeenClient[];
  /** Databases of other kinds that tasks ask for. */
  readonly engines: readonly Engine[];
  /** Connection strings that the file only fetches, of tasks that say nothing else about a database. */
  readonly fetched: readonly FetchedUrl[];
  /** Hosts of a database of which nothing tells the kind. */
  readonly unclear: readonly { readonly task: string; readonly setting: SeenSetting }[];
  /** Environment templates whose lines are not in the file. */
  readonly closed: readonly ClosedTemplate[];
  /** The part of dbctl is in it already. */
  readonly marked: boolean;
}

/** Why a file cannot be read as a jobspec. */
export interface Unread {
  readonly unread: string;
}

/** Reads one jobspec, without a server. Never throws for what is in the file. */
export function readFile(hcl: Hcl, path: string, text: string, hints: (job: string) => AppHints): ReadFile | Unread {
  if (path.endsWith('.json') || /^\s*[{[]\s*["{]/.test(text)) return { unread: 'it is JSON; write the job as HCL' };
  try {
    const file = hcl.parse(text);
    const job = readJob(file);
    return job === undefined ? { unread: 'it holds no job block' } : look(file, job, hints(job.ID));
  } catch (error) {
    if (isDbctlError(error))
      return { unread: [error.message, error.where, filledFirst(text, path)].filter(Boolean).join(': ') };
    throw error;
  }
}

function look(file: HclFile, job: NomadJob, hints: AppHints): ReadFile {
  const servers = seenServers(job);
  const seen = job.TaskGroups.flatMap((group) =>
    group.Tasks.filter(
      ({ Name }) => !servers.some((server) => server.group === group.Name && server.task === Name),
    ).flatMap((task) => {
      const block = taskBlock(file, group.Name, task.Name);
      return block === undefined
        ? []
        : [
            {
              group: group.Name,
              task,
              settings: seenSettings(file, block).settings,
              closed: closedTemplates(file, block, imageOf(task)),
              vaultRole: vaultRole(file, group.Name, block),
            },
          ];
    }),
  );
  const clients = seen.flatMap(({ group, task, settings, vaultRole }) => {
    if (isForMysqlOnly(imageOf(task)) && hints.app === null && hints.keys.length === 0) return [];
    const chosen = choosePreset(imageOf(task), settings, hints);
    if (chosen === undefined || isOfOtherEngine(chosen.preset, settings)) return [];
    return [seenClient({ group, task: task.Name, vaultRole }, chosen, settings)];
  });
  return {
    ...{ file, job, servers, clients: [...clients, ...helpersOf(seen, clients)] },
    engines: [...new Set(seen.flatMap(enginesOf))],
    fetched: seen.flatMap(({ task, settings }) => fetchedUrls(file, task.Name, settings)),
    unclear: seen
      .filter(({ task }) => !isForMysqlOnly(imageOf(task)))
      .flatMap(({ task, settings }) => unclearHosts(settings).map((setting) => ({ task: task.Name, setting }))),
    closed: seen.flatMap(({ closed }) => closed),
    marked: findRegions(file).length > 0,
  };
}

const imageOf = ({ Config }: NomadTask): string => String(Config?.['image'] ?? '');

const enginesOf = ({ task, settings }: Seen): Engine[] =>
  isForMysqlOnly(imageOf(task)) ? ['mysql'] : otherEngines(settings);

type Seen = Pick<SeenClient, 'group' | 'vaultRole'> & {
  readonly task: NomadTask;
  readonly settings: readonly SeenSetting[];
};

/** Tasks that wait for a server or prepare its database: told by the keys of a client of the job, and the same address. */
const helpersOf = (seen: readonly Seen[], clients: readonly SeenClient[]): SeenClient[] =>
  seen
    .filter(({ group, task }) => !clients.some((client) => client.group === group && client.task === task.Name))
    .flatMap(({ group, task, settings, vaultRole }) =>
      clients
        .map(({ preset }) => ({
          ...preset,
          required: [],
          keys: preset.keys.filter((key) => settings.some((one) => fits(one, key))),
        }))
        .map((preset) => seenClient({ group, task: task.Name, vaultRole }, { preset, by: 'keys' }, settings))
        .filter(({ addresses }) => addresses.some(({ id }) => clients.some((client) => asks(client, id))))
        .slice(0, 1),
    );

const asks = ({ addresses }: SeenClient, id: string): boolean => addresses.some((address) => address.id === id);

/** `DB_TYPE=mysql` beside keys that PostgreSQL would have too. */
const isOfOtherEngine = ({ required, keys }: Preset, settings: readonly SeenSetting[]): boolean =>
  required.some(({ key, oneOf }) =>
    settings.some(
      ({ key: own, text }) => own === key && engineWord({ key, text }) !== undefined && !oneOf.includes(text),
    ),
  ) ||
  saysOtherKind(keys, settings) ||
  settings.some(
    (setting) =>
      otherEngines([{ ...setting, key: '' }]).length > 0 &&
      keys.some(({ key, role }) => role === 'url' && key === setting.key),
  );

/** `KC_DB=mysql` beside `KC_DB_URL_HOST`, and nothing of that family that says PostgreSQL. */
function saysOtherKind(keys: Preset['keys'], settings: readonly SeenSetting[]): boolean {
  const families = new Set(keys.filter(({ form }) => form !== undefined).map(({ key }) => family(key)));
  const words = settings.filter(({ key }) => families.has(family(key))).flatMap((one) => engineWord(one) ?? []);
  const urls = settings.filter(({ text, key }) => families.has(family(key)) && isPostgresUrl(text));
  return urls.length === 0 && words.length > 0 && !words.includes('postgres');
}

const family = (key: string): string => key.split(/[_.]/)[0]?.toUpperCase() ?? '';

/** Terraform, Levant, nomad-pack and envsubst fill a file in before Nomad sees it; empty where nothing looks like that. */
export function filledFirst(text: string, path: string): string {
  if (/\[\[-?\s*(?:\.|var\s|template\s|if\s|range\s|end\b|env\b)/.test(text))
    return 'nomad-pack or Levant fills it in first';
  if (/\{%[-\s]|\{\{-?\s*[A-Za-z_]\w*(?:[.[(]|\s*(?:\}\}|\|))/.test(outsideOfTemplates(text)))
    return 'Ansible, or another program that fills in Jinja, fills it in first';
  const named = /\.(?:tpl|tftpl|tmpl|j2)$/.test(path);
  if (named || SIGNS.some((sign) => sign.test(text)) || strangeRoots(text).length > 0 || openWords(text).length > 0)
    return 'another program, like Terraform, fills in its ${…} first';
  return '';
}

/** What Nomad itself does not fill in: all but heredocs, the data of templates and comments. */
const outsideOfTemplates = (text: string): string =>
  text
    .replaceAll(/<<-?\s*(\w+)[^\n]*\n[\s\S]*?^[ \t]*\1\b/gm, '')
    .replaceAll(/^[ \t]*data[ \t]*=.*$/gm, '')
    .replaceAll(/^[ \t]*(?:#|\/\/).*$/gm, '');

const SIGNS: readonly RegExp[] = [/%\{\s*(?:if|for|else|endif|endfor)\b/, /\$\$\{NOMAD_/];

/** `image = "app:${TAG}"`, `memory = ${size}`: Nomad would fill it in too, where the file sets a variable of that name. */
const openWords = (text: string): string[] =>
  [...text.matchAll(/\bimage\s*=\s*"[^"\n]*\$\{(\w+)\}|(?:=|\[)[ \t]*\$\{(\w+)\}/g)]
    .map(([, image, bare]) => image ?? bare ?? '')
    .filter((name) => !name.startsWith('NOMAD_') && !new RegExp(`^[ \\t]*${name}[ \\t]*=`, 'm').test(text));

/** Roots of references that Nomad knows nothing of: `${Database.Host}`. */
const strangeRoots = (text: string): string[] => {
  const dynamic = [...text.matchAll(/\bdynamic\s+"([\w-]+)"/g)].map(([, label]) => label ?? '');
  const iterators = [...text.matchAll(/\biterator\s*=\s*(\w+)/g)].map(([, name]) => name ?? '');
  const known = ['var', 'local', 'attr', 'meta', 'node', 'env', 'each', 'device', ...dynamic, ...iterators];
  return [...text.matchAll(/(?<!\$)\$\{\s*([A-Za-z_]\w*)\.\w/g)]
    .map(([, root]) => root ?? '')
    .filter((root) => !known.includes(root));
};
