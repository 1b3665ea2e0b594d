import type { SettingChange } from '../../plan/types.js';
import type { Preset, PresetKey, SettingForm } from '../presets.js';
import { type Address, type AddressText, addressText } from './address.js';
import type { Edit } from './apply-edits.js';
import type { HclFile } from './hcl-file.js';
import type { KeptChange } from './kept-change.js';
import type { SettingPlace } from './setting-places.js';
import type { SharedNames } from './shared-names.js';
import { unsupported } from './unsupported.js';

/** One edit of the file, what undoes it, and what the plan shows of it. */
export interface Change {
  readonly edit: Edit;
  /** Unset for an edit that is a marked region: its mark undoes it. */
  readonly kept?: KeptChange;
  readonly settings: readonly SettingChange[];
}

/** One task on its way to a new address. */
export interface Work {
  readonly file: HclFile;
  readonly source: string;
  readonly task: string;
  readonly preset: Preset;
  readonly address: Address;
  readonly shared: SharedNames;
}

export type RewrittenKey = PresetKey & { readonly form: SettingForm };

/** The key as the preset knows it; keys of files by the end of their path. */
export const rewrittenKey = (
  preset: Preset,
  { place, key }: Pick<SettingPlace, 'place' | 'key'>,
): RewrittenKey | undefined =>
  preset.keys.find((known): known is RewrittenKey => known.form !== undefined && isKey(known, place === 'file', key));

export const isKey = ({ key, inFile }: Pick<PresetKey, 'key' | 'inFile'>, file: boolean, name: string): boolean =>
  (inFile === true) === file && (name === key || (file && name.endsWith(`.${key}`)));

/** Throws JOBSPEC_UNSUPPORTED where the place cannot hold such an address. */
export function textAt({ source, address }: Work, place: SettingPlace): AddressText {
  const text = addressText(address, place.place === 'env' ? 'env' : 'template');
  return (
    text ??
    unsupported(
      source,
      place.value.start,
      `${place.key} is in env, which cannot ask for a service`,
      `move ${place.key} into a template with env = true`,
    )
  );
}
