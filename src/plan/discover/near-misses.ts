import type { AppPreset } from '../locate.js';
import { settingKeys } from '../locate.js';
import type { Finding } from '../types.js';
import { type KeyRole, keyMeaning } from './key-words.js';
import { taskAt } from './looks.js';
import { isNamed } from './tellings.js';
import { engineOfWord } from './told.js';
import type { ClientLook, World } from './types.js';

/**
 * Keys that look as if they told an app its database, and that its preset does not know. Only where the app's own key for
 * the same thing is missing: then the app goes by its default, whatever the other key says.
 */
export const nearMisses = (look: ClientLook, { jobs }: Pick<World, 'jobs'>): Finding[] => {
  const { preset, settings } = look;
  const task = taskAt(jobs, look);
  if (!isNamed(preset) || task === undefined) return [];
  const set = [...new Set([...settingKeys(task), ...settings.values.keys()])].filter(
    (key) => settingKeys(task).includes(key) || (settings.values.get(key) ?? '') !== '',
  );
  const settingAt = (key: string): string => settings.values.get(key) ?? task.Env?.[key] ?? '';
  // `KC_DB=postgres` says a kind of server.
  const unknown = set.filter((key) => !isKnown(preset, key) && engineOfWord(settingAt(key)) === null);
  return preset.repoint === undefined
    ? unknown.flatMap((key) => missOf(preset, key, set))
    : ownFile(preset, preset.repoint.file ?? 'a file of its own', unknown);
};

const isKnown = ({ keys, forbidden = [], required = [] }: AppPreset, key: string): boolean =>
  keys.some((own) => own.key === key) || forbidden.includes(key) || required.some((own) => own.key === key);

const ALIKE: Readonly<Record<KeyRole, readonly string[]>> = {
  host: ['host', 'host:port'],
  port: ['port'],
  'host:port': ['host:port'],
  url: ['url'],
  database: ['database'],
  user: ['user'],
  type: [],
};

const family = (key: string): string => key.split(/[_.]/)[0]?.toLowerCase() ?? '';

const missOf = (preset: AppPreset, key: string, set: readonly string[]): Finding[] => {
  const meaning = keyMeaning(key);
  const own = preset.keys.filter(({ role }) => meaning !== undefined && ALIKE[meaning.role].includes(role));
  const [right] = own.filter((known) => known.inFile !== true && family(known.key) === family(key));
  if (meaning?.inFile || right === undefined || own.some((known) => set.includes(known.key))) return [];
  const instead = right.default === undefined ? '' : `, which is ${right.default} when it is not set`;
  return [
    {
      code: 'KEY_IGNORED',
      level: 'warn',
      text: `dbctl knows no setting ${key} of ${preset.title ?? preset.id}, which reads ${right.key}${instead}`,
      next: `rename ${key} to ${right.key}, or remove it`,
    },
  ];
};

/** Told once for all of them. */
const ownFile = ({ title, id }: AppPreset, file: string, unknown: readonly string[]): Finding[] => {
  const speaking = unknown.filter((key) => keyMeaning(key) !== undefined);
  if (speaking.length === 0) return [];
  return [
    {
      code: 'SETTINGS_IN_FILE',
      level: 'info',
      text: `${title ?? id} goes by ${file} once it is installed: ${speaking.join(', ')} in its environment ${speaking.length === 1 ? 'does' : 'do'} not move it`,
    },
  ];
};
