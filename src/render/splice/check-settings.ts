import type { Preset, PresetKey } from '../presets.js';
import { type Address, addressText } from './address.js';
import type { HclBlock } from './hcl-file.js';
import { plainValue, type TaskSettings } from './setting-places.js';
import { isKey } from './setting-work.js';
import { unsupported } from './unsupported.js';

/**
 * Refuses a task whose settings would not take effect: a key that wins over ours, an app that uses another database
 * kind, a template that cannot be read. Answers with the port key that has to be added, if any.
 */
export function checkSettings(
  source: string,
  task: HclBlock,
  settings: TaskSettings,
  preset: Preset,
  address: Address,
): PresetKey | undefined {
  checkOpaque(source, settings, preset);
  checkForbidden(source, settings, preset);
  checkRequired(source, task, settings, preset);
  return checkPresent(source, task, settings, preset, address);
}

function checkOpaque(source: string, { opaque }: TaskSettings, preset: Preset): void {
  for (const { start, text, env } of opaque) {
    const own = preset.keys.filter(({ form, inFile }) => form !== undefined && (inFile === true) !== env);
    const keys = [...own.map(({ key }) => key.split('.').at(-1) ?? key), ...(env ? preset.forbidden : [])];
    const key = keys.find((name) => new RegExp(`(?<![A-Za-z0-9_])${name}(?![A-Za-z0-9_])`).test(text));
    if (key === undefined) continue;
    unsupported(source, start, `${key} is in a template dbctl cannot change`, 'write its data as a plain heredoc');
  }
}

function checkForbidden(source: string, { places }: TaskSettings, preset: Preset): void {
  for (const place of places) {
    if (!preset.forbidden.includes(place.key) || plainValue(source, place) === '') continue;
    unsupported(source, place.value.start, `${place.key} wins over the keys that ${preset.title} would be given`);
  }
}

function checkRequired(source: string, task: HclBlock, { places }: TaskSettings, preset: Preset): void {
  for (const { key, oneOf } of preset.required) {
    const found = places.filter((place) => place.key === key);
    if (found.length === 0)
      unsupported(source, task.start, `${key} is not set, so ${preset.title} does not use PostgreSQL`);
    for (const place of found) {
      if (oneOf.includes(plainValue(source, place) ?? '')) continue;
      unsupported(source, place.value.start, `${key} is not ${oneOf.join(' or ')}`);
    }
  }
}

function checkPresent(
  source: string,
  task: HclBlock,
  { places }: TaskSettings,
  preset: Preset,
  address: Address,
): PresetKey | undefined {
  const absent = preset.keys.filter(
    (key) => key.form !== undefined && !places.some((place) => isKey(key, place.place === 'file', place.key)),
  );
  const needed = absent.filter(
    (key) => key.default === undefined || key.default !== addressText(address, 'template')?.port,
  );
  const hard = needed.find(({ role, default: value }) => role !== 'port' || value === undefined);
  const name = task.labels[0] ?? '';
  if (hard !== undefined) unsupported(source, task.start, `task "${name}" does not set ${hard.key} in this file`);
  const [port] = needed;
  const host = places.find((place) => preset.keys.some(({ key, role }) => role === 'host' && key === place.key));
  if (port !== undefined && host?.place === 'env' && address.kind === 'service') {
    unsupported(
      source,
      host.value.start,
      `task "${name}" does not set ${port.key}`,
      `set ${port.key} beside ${host.key}`,
    );
  }
  return port;
}
