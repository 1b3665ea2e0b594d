import { environmentOf } from '../app-settings.js';
import type { AppEnvironment } from '../facts.js';
import type { AppKey, AppPreset } from '../locate.js';
import { engineOfUrl, engineOfWord, type Told, toldByKeys } from './told.js';
import type { ClientLook, Engine } from './types.js';
import { isComputed } from './written.js';

/** How a task is told: `keys` of its environment, a config `file` that a template makes, or a file of its `own`. */
export type TellingKind = 'keys' | 'file' | 'own';

export interface Telling extends Told {
  readonly kind: TellingKind;
  /** Preset that fits; `null` when only the names of the keys speak. */
  readonly preset: string | null;
  /** Databases that are the app's own default, not said. */
  readonly isDefault: boolean;
}

/** Presets that know the app itself; the others merely fit its keys. */
export const isNamed = (preset: AppPreset | null): preset is AppPreset =>
  preset !== null && (preset.images.length > 0 || preset.repoint !== undefined);

/** Every database connection that one task is told. */
export const tellingsOf = (look: ClientLook): Telling[] => {
  const { preset, settings, app } = look;
  if (!isNamed(preset)) return byNames(look);
  if (preset.repoint !== undefined) return app === null ? [] : [ofEnvironment(app, 'own', preset, 'postgresql')];
  const stronger = (preset.forbidden ?? []).flatMap((key) => pairAt(settings.values, key));
  const wins = toldByKeys(stronger).filter(({ databases }) => databases.length > 0);
  if (wins.length > 0) return wins.map((told) => ({ ...told, kind: 'keys', preset: preset.id, isDefault: false }));
  const engine = engineOfPreset(preset, settings.values);
  if (engine === 'other') return [];
  const inFile = preset.keys.some((key) => key.inFile);
  const env = inFile ? app : environmentOf({ ...look, preset }, settings.values, settings.unreadable);
  if (env === null || !(inFile || says(preset, settings.values))) return [];
  return [ofEnvironment(env, inFile ? 'file' : 'keys', preset, engine, settings.values)];
};

const byNames = ({ preset, settings, files }: ClientLook): Telling[] => {
  const common = { preset: preset?.id ?? null, isDefault: false };
  const keys = toldByKeys(settings.values);
  return [
    ...keys.map((told): Telling => ({ ...told, ...common, kind: 'keys' })),
    ...toldByKeys(files).map((told): Telling => ({ ...told, ...common, kind: 'file' })),
  ];
};

const pairAt = (values: ReadonlyMap<string, string>, key: string): [string, string][] => {
  const value = values.get(key);
  return value === undefined ? [] : [[key, value]];
};

const PLACES: ReadonlySet<string> = new Set(['host', 'host:port', 'url']);

/** An app that is told no address uses no server: the rest may be left over. */
const says = ({ keys }: AppPreset, values: ReadonlyMap<string, string>): boolean =>
  keys.some(({ key, role }) => PLACES.has(role) && (values.get(key) ?? '') !== '');

/** `other`: the app is told to use none of the engines that are looked for. `null`: nothing says. */
const engineOfPreset = (preset: AppPreset, values: ReadonlyMap<string, string>): Engine | 'other' | null => {
  const url = preset.keys.filter(({ role }) => role === 'url').map(({ key }) => values.get(key) ?? '');
  const byUrl = url.map(engineOfUrl).find((engine) => engine !== undefined);
  if (byUrl !== undefined) return byUrl;
  if ((preset.required ?? []).length === 0) return 'postgresql';
  const words = (preset.required ?? []).map(({ key, oneOf }) =>
    oneOf.includes(values.get(key) ?? '') ? 'postgresql' : engineOfWord(values.get(key) ?? ''),
  );
  return words.find((word) => word !== null) ?? null;
};

const ofEnvironment = (
  env: AppEnvironment,
  kind: TellingKind,
  preset: AppPreset,
  engine: Engine | null,
  values: ReadonlyMap<string, string> = new Map(),
): Telling => {
  const name = (text: string | null): string | null => (text === null || text === '' || isComputed(text) ? null : text);
  const databases = env.databases.filter((text) => name(text) !== null);
  return {
    ...{ kind, preset: preset.id, engine, host: name(env.host), port: env.port, role: name(env.role), databases },
    keys: kind === 'own' ? [preset.repoint?.file ?? 'its own file'] : usedKeys(preset.keys, kind, values),
    isDefault: kind === 'keys' && databases.length > 0 && !saysDatabase(preset.keys, values),
  };
};

const usedKeys = (keys: readonly AppKey[], kind: TellingKind, values: ReadonlyMap<string, string>): string[] =>
  keys
    .filter(({ key, role }) => role !== 'password' && (kind === 'file' || (values.get(key) ?? '') !== ''))
    .map(({ key }) => key);

const saysDatabase = (keys: readonly AppKey[], values: ReadonlyMap<string, string>): boolean =>
  keys.some(({ key, role }) => (role === 'database' || role === 'url') && (values.get(key) ?? '') !== '');
