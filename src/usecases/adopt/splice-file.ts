import { dirname, join } from 'node:path';
import { isDbctlError } from '../../errors/dbctl-error.js';
import type { SettingChange } from '../../plan/types.js';
import {
  type Hcl,
  type Preset,
  pointApp,
  renderOwnJob,
  type SeenClient,
  type SharedNames,
  spliceDatabase,
} from '../../render/index.js';
import type { AdoptInput } from './adopt-file.js';
import type { PartForFile } from './part-for-file.js';
import type { Refusal } from './refusals.js';

export interface SplicedFile {
  readonly text: string;
  readonly settings: readonly SettingChange[];
  readonly files: readonly { readonly path: string; readonly text: string }[];
}

interface Made {
  readonly clients: readonly SeenClient[];
  readonly shared: SharedNames;
  readonly made: PartForFile;
}

/** The text with the database in it, or in words why it cannot be made. */
export function spliceFile(hcl: Hcl, input: AdoptInput, made: Made): SplicedFile | Refusal {
  try {
    return made.made.part.placement === 'own-job' ? pointed(hcl, input, made) : spliced(hcl, input, made);
  } catch (error) {
    if (!isDbctlError(error) || (error.code !== 'JOBSPEC_UNSUPPORTED' && error.code !== 'NAME_UNSAFE')) throw error;
    return {
      why: [error.message, error.where, error.value].filter(Boolean).join(', '),
      next: error.next === undefined ? [] : [error.next],
    };
  }
}

function spliced(hcl: Hcl, { text }: AdoptInput, { clients, shared, made: { part } }: Made): SplicedFile {
  const tasks = clients.map(({ task }) => task);
  const owner = clients.find(({ preset }) => preset.repoint !== undefined);
  const repoint =
    owner?.preset.repoint === undefined
      ? {}
      : { repoint: { commands: owner.preset.repoint, from: owner.addresses[0]?.host ?? shared.service } };
  const options = { part, ...presets(clients), group: part.group, tasks, shared, ...repoint };
  return { ...spliceDatabase(hcl, text, options), files: [] };
}

function pointed(
  hcl: Hcl,
  { path, text, read }: AdoptInput,
  { clients, shared, made: { part, groups } }: Made,
): SplicedFile {
  const app = pointApp(hcl, text, { part, ...presets(clients), groups, shared });
  const where = { namespace: read.job.Namespace ?? 'default', datacenters: ['*'], nodeId: undefined };
  return { ...app, files: [{ path: join(dirname(path), `${part.job}.nomad.hcl`), text: renderOwnJob(part, where) }] };
}

const NONE: Preset = { id: 'none', title: 'none', images: [], keys: [], forbidden: [], required: [] };

const presets = (clients: readonly SeenClient[]): { preset: Preset; presets: Record<string, Preset> } => ({
  preset: clients[0] === undefined ? NONE : settled(clients[0]),
  presets: Object.fromEntries(clients.map((client) => [client.task, settled(client)])),
});

/** What a variable of the file says by its default need not be written out beside the app's other keys. */
const settled = ({ preset, all }: SeenClient): Preset => ({
  ...preset,
  required: preset.required.filter(
    ({ key, oneOf }) =>
      !all.some((setting) => setting.key === key) ||
      all.some((setting) => setting.key === key && !oneOf.includes(setting.text)),
  ),
});
