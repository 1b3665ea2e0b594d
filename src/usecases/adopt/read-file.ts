import { isDbctlError } from '../../errors/dbctl-error.js';
import type { NomadJob } from '../../ports/nomad.js';
import {
  type AppHints,
  choosePreset,
  type Engine,
  engineWord,
  findRegions,
  type Hcl,
  type HclFile,
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
  /** The part of dbctl is in it already. */
  readonly marked: boolean;
}

/** Why a file cannot be read as a jobspec. */
export interface Unread {
  readonly unread: string;
}

/** Reads one jobspec, without a server. Never throws for what is in the file. */
export function readFile(hcl: Hcl, path: string, text: string, hints: AppHints): ReadFile | Unread {
  if (path.endsWith('.json') || /^\s*[{[]\s*["{]/.test(text)) return { unread: 'it is JSON; write the job as HCL' };
  try {
    const file = hcl.parse(text);
    const job = readJob(file);
    return job === undefined ? { unread: 'it holds no job block' } : look(file, job, hints);
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
      return block === undefined ? [] : [{ group: group.Name, task, settings: seenSettings(file, block).settings }];
    }),
  );
  const clients = seen.flatMap(({ group, task, settings }) => {
    const chosen = choosePreset(String(task.Config?.['image'] ?? ''), settings, hints);
    if (chosen === undefined || isOfOtherEngine(chosen.preset, settings)) return [];
    return [seenClient({ group, task: task.Name }, chosen, settings)];
  });
  return {
    ...{ file, job, servers, clients },
    engines: [...new Set(seen.flatMap(({ settings }) => otherEngines(settings)))],
    fetched: seen.flatMap(({ task, settings }) => fetchedUrls(file, task.Name, settings)),
    marked: findRegions(file).length > 0,
  };
}

/** `DB_TYPE=mysql` beside keys that PostgreSQL would have too. */
const isOfOtherEngine = ({ required, keys }: Preset, settings: readonly SeenSetting[]): boolean =>
  required.some(({ key, oneOf }) =>
    settings.some(
      ({ key: own, text }) => own === key && engineWord({ key, text }) !== undefined && !oneOf.includes(text),
    ),
  ) ||
  settings.some(
    (setting) =>
      otherEngines([{ ...setting, key: '' }]).length > 0 &&
      keys.some(({ key, role }) => role === 'url' && key === setting.key),
  );

/** Terraform, Levant, nomad-pack and envsubst fill a file in before Nomad sees it; empty where nothing looks like that. */
export function filledFirst(text: string, path: string): string {
  if (/\[\[-?\s*(?:\.|var\s|template\s|if\s|range\s|end\b|env\b)/.test(text))
    return 'nomad-pack or Levant fills it in first';
  const named = /\.(?:tpl|tftpl|tmpl|j2)$/.test(path);
  if (named || SIGNS.some((sign) => sign.test(text)) || strangeRoots(text).length > 0)
    return 'another program, like Terraform, fills in its ${…} first';
  return '';
}

const SIGNS: readonly RegExp[] = [
  /%\{\s*(?:if|for|else|endif|endfor)\b/,
  /\$\$\{NOMAD_/,
  /(?:=|\[)\s*\$\{[\w.]+\}/,
  /\bimage\s*=\s*"[^"\n]*\$\{\w+\}/,
];

/** Roots of references that Nomad knows nothing of: `${Database.Host}`. */
const strangeRoots = (text: string): string[] => {
  const dynamic = [...text.matchAll(/\bdynamic\s+"([\w-]+)"/g)].map(([, label]) => label ?? '');
  const iterators = [...text.matchAll(/\biterator\s*=\s*(\w+)/g)].map(([, name]) => name ?? '');
  const known = ['var', 'local', 'attr', 'meta', 'node', 'env', 'each', 'device', ...dynamic, ...iterators];
  return [...text.matchAll(/(?<!\$)\$\{\s*([A-Za-z_]\w*)\.\w/g)]
    .map(([, root]) => root ?? '')
    .filter((root) => !known.includes(root));
};
