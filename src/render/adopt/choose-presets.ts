import { bareImage } from '../../plan/locate.js';
import { PRESETS, type Preset, type PresetKey, presetById } from '../presets.js';
import { isPostgresUrl } from './database-address.js';
import { inferPreset } from './infer-preset.js';
import type { SeenSetting } from './seen-settings.js';

/** An app's preset, and what it was told by. */
export interface ChosenPreset {
  readonly preset: Preset;
  readonly by: 'flag' | 'image' | 'keys' | 'values';
}

export interface AppHints {
  /** A preset of the operator's choice. */
  readonly app: string | null;
  /** Keys of the operator's choice. */
  readonly keys: readonly PresetKey[];
  /** What the inventory says of the app's keys. */
  readonly known?: Preset;
  /** Texts that name the shared server. */
  readonly from: readonly string[];
}

/** How a task is told its database: by what the operator says, by its image, else by what its settings say. */
export function choosePreset(
  image: string,
  settings: readonly SeenSetting[],
  hints: AppHints,
): ChosenPreset | undefined {
  const said = hints.keys.length > 0 ? ofKeys(hints.keys) : hints.known;
  // The other tasks of the job are not what the operator speaks of.
  if (said !== undefined)
    return said.keys.some((key) => settings.some((one) => isSet(one, key))) ? { preset: said, by: 'flag' } : undefined;
  const inferred = inferPreset(settings, hints.from);
  if (hints.app !== null) {
    const named =
      ofImage(
        PRESETS.filter(({ id, app }) => id === hints.app || app === hints.app),
        settings,
      ) ?? presetById(hints.app);
    return named === undefined ? undefined : { preset: named, by: 'flag' };
  }
  const known = ofImage(
    PRESETS.filter(({ images }) => images.some((pattern) => pattern.test(bareImage(image)))),
    settings,
  );
  if (known !== undefined) return { preset: withMore(known, inferred, settings), by: 'image' };
  if (inferred !== undefined) return { preset: inferred, by: 'values' };
  return undefined;
}

/** The shape whose keys are set; an app that owns its settings sets none. */
const ofImage = (presets: readonly Preset[], settings: readonly SeenSetting[]): Preset | undefined =>
  presets.find((preset) =>
    preset.keys.some((key) => key.form !== undefined && settings.some((setting) => isSet(setting, key))),
  ) ?? presets.find(({ repoint }) => repoint !== undefined);

const isSet = (setting: SeenSetting, { key, inFile }: PresetKey): boolean =>
  (setting.place === 'file') === (inFile === true) &&
  (setting.key === key || (inFile === true && setting.key.endsWith(`.${key}`))) &&
  setting.text !== '';

/** An image that is known may be told a second address, as Prisma's `DIRECT_URL`. */
function withMore(known: Preset, inferred: Preset | undefined, settings: readonly SeenSetting[]): Preset {
  const more = (inferred?.keys ?? []).filter(
    ({ key, form, inFile }) =>
      form === 'url' &&
      !known.keys.some((own) => own.key === key) &&
      !known.forbidden.includes(key) &&
      settings.some(
        (setting) => isSet(setting, { key, role: 'url', ...(inFile ? { inFile } : {}) }) && isPostgresUrl(setting.text),
      ),
  );
  return more.length === 0 ? known : { ...known, keys: [...known.keys, ...more] };
}

/** Of keys that were said for one run only. */
export const BY_FLAG = 'by-flag';

const ofKeys = (keys: readonly PresetKey[]): Preset => ({
  ...{ id: BY_FLAG, title: 'the app', images: [], forbidden: [], required: [] },
  keys,
});
