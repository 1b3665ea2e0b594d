import { DbctlError } from '../errors/dbctl-error.js';
import { mainDatabase } from '../plan/main-database.js';
import type { DatabasePart } from '../plan/types.js';
import { renderDatabasePart, renderNetwork } from './database-part.js';
import { renderTemplate } from './handlebars.js';
import { goString } from './helpers/go-template.js';
import { hclString } from './helpers/hcl.js';
import { indentHcl } from './indent-hcl.js';
import { PRESETS, type Preset, type PresetKey } from './presets.js';
import { readTemplate } from './templates.js';

export interface AppJob {
  readonly preset: Preset;
  readonly image: string;
  readonly driver: 'docker' | 'podman';
  readonly task: string;
  readonly namespace: string;
  readonly datacenters: readonly string[];
}

/**
 * The complete jobspec of a new app with its database in one group. The password is only a lookup in Vault.
 * Throws NAME_UNSAFE for a database or role that an environment file cannot hold as it is.
 */
export function renderAppJob(part: DatabasePart, app: AppJob): string {
  return renderTemplate(readTemplate('app-job.hcl'), {
    ...{ title: app.preset.title, major: part.major, job: part.job, group: part.group, namespace: app.namespace },
    datacenters: `[${app.datacenters.map(hclString).join(', ')}]`,
    network: indentHcl(renderNetwork(part), '    ', '  '),
    part: indentHcl(renderDatabasePart(part), '    ', '  ').trimEnd(),
    ...{ appTask: app.task, driver: app.driver, image: app.image },
    env: appEnvironment(app.preset, part),
  });
}

/**
 * How a new app of that name is told its database by env alone; `undefined` where that takes a file, or an address of a
 * form that is not the usual URI. An app with several shapes gets the first that fits.
 */
export const presetForNewApp = (app: string): Preset | undefined => {
  const shapes = PRESETS.filter((preset) => (preset.app ?? preset.id) === app);
  // What the app writes into a file of its own at install must not be guessed from what may override it later.
  return shapes.some(({ repoint }) => repoint !== undefined) ? undefined : shapes.find(isPlainEnv);
};

const isPlainEnv = ({ keys }: Preset): boolean =>
  keys.length > 0 &&
  keys.every(({ inFile }) => inFile === undefined) &&
  (keys.length === 1 || keys.every(({ role }) => role !== 'url'));

/** Every key of the preset with its value, one line each. */
export function appEnvironment(preset: Preset, part: DatabasePart): string {
  for (const name of [...part.databases.map((database) => database.name), part.role]) {
    if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(name))
      throw new DbctlError('NAME_UNSAFE', 'a new app is given plain names only: letters, digits, _ and -', {
        value: JSON.stringify(name),
      });
  }
  const required = preset.required.map(({ key, oneOf }) => `${key}=${oneOf[0] ?? ''}`);
  const named = preset.keys.filter(({ role }) => role === 'database');
  const lines = preset.keys.map((key) => `${key.key}=${settingText(key, part, databaseOf(part, named.indexOf(key)))}`);
  return `${[...required, ...lines].join('\n')}\n`;
}

/** The second key of an app that keeps two databases names the second one. */
const databaseOf = (part: DatabasePart, at: number): string =>
  (part.databases[Math.max(0, at)] ?? mainDatabase(part)).name;

const LOOPBACK = '127.0.0.1';

function settingText({ role }: PresetKey, part: DatabasePart, database: string): string {
  switch (role) {
    case 'host':
      return LOOPBACK;
    case 'port':
      return String(part.port);
    case 'host:port':
      return `${LOOPBACK}:${part.port}`;
    case 'database':
      return database;
    case 'user':
      return part.role;
    case 'password':
      return password(part, '');
    case 'url':
      // The server is on the loopback of the same group and has no certificate.
      return `postgres://${part.role}:${password(part, ' | urlquery')}@${LOOPBACK}:${part.port}/${database}?sslmode=disable`;
  }
}

const password = ({ vault }: DatabasePart, pipe: string): string =>
  `{{ with secret ${goString(vault.path)} }}{{ index .Data.data ${goString(vault.key)}${pipe} }}{{ end }}`;
