import { readConnection } from '../../plan/connection-text.js';
import type { Preset, PresetKey, SettingRole } from '../presets.js';
import type { ChosenPreset } from './choose-presets.js';
import { type InnerText, innerText, maskedText, type SeenAddress, seenAddress } from './database-address.js';
import { nameLookup } from './name-lookup.js';
import type { SeenSetting } from './seen-settings.js';
import { type Origin, originsOf } from './value-origin.js';

/** A name that the file says, or where it is said instead. */
export interface SeenName {
  readonly value: string | null;
  readonly origins: readonly Origin[];
  /** The template that gives the name in any task of the group; unset where that cannot be told. */
  readonly lookup?: string;
}

/** A task that is told a database. */
export interface SeenClient extends ChosenPreset {
  readonly group: string;
  readonly task: string;
  /** The settings that its preset speaks of. */
  readonly settings: readonly { readonly setting: SeenSetting; readonly role: SettingRole }[];
  /** Every setting of the task. */
  readonly all: readonly SeenSetting[];
  readonly addresses: readonly SeenAddress[];
  readonly databases: readonly SeenName[];
  readonly role: SeenName;
  /** Where the password lies, when that is version 2 of Vault's key-value store. */
  readonly vault: { readonly path: string; readonly key: string } | null;
  readonly password: readonly Origin[];
  /** Of Vault, where the task, its group or the job names one. */
  readonly vaultRole: string | null;
}

const NOWHERE: SeenName = { value: null, origins: [] };

export function seenClient(
  where: Pick<SeenClient, 'group' | 'task' | 'vaultRole'>,
  chosen: ChosenPreset,
  all: readonly SeenSetting[],
): SeenClient {
  const { preset } = chosen;
  const settings = preset.keys.flatMap((key) =>
    all.filter((setting) => fits(setting, key) && setting.text !== '').map((setting) => ({ setting, role: key.role })),
  );
  const of = (...roles: readonly SettingRole[]): SeenSetting[] =>
    settings.filter(({ role }) => roles.includes(role)).map(({ setting }) => setting);
  const urls = of('url');
  const password = passwordOf(of('password'), urls);
  return {
    ...{ ...where, ...chosen, settings, all },
    addresses: [
      ...of('host', 'host:port').map((setting) => seenAddress(setting, false)),
      ...urls.map((setting) => seenAddress(setting, true)),
    ],
    databases: names(of('database'), urls, preset, 'database'),
    role: names(of('user'), urls, preset, 'user')[0] ?? NOWHERE,
    ...password,
  };
}

export const fits = ({ key, place }: Pick<SeenSetting, 'key' | 'place'>, known: PresetKey): boolean =>
  (place === 'file') === (known.inFile === true) &&
  (key === known.key || (place === 'file' && key.endsWith(`.${known.key}`)));

function names(
  settings: readonly SeenSetting[],
  urls: readonly SeenSetting[],
  preset: Preset,
  role: 'database' | 'user',
): SeenName[] {
  const told = settings.map(
    (setting): SeenName =>
      isPlain(setting.text) ? { value: setting.text, origins: setting.origins } : fetched(setting, setting.text, []),
  );
  if (told.length > 0) return distinct(told);
  const inUrls = urls
    .map((url) => nameInUrl(url, role))
    .filter(({ value, origins }) => value !== null || origins.length > 0);
  if (inUrls.length > 0) return distinct(inUrls);
  const own = preset.keys.find((key) => key.role === role)?.default;
  return own === undefined ? [] : [{ value: own, origins: [{ kind: 'literal' }] }];
}

/** `around`: what stands around it inside of its own value. */
const fetched = (setting: SeenSetting, text: string, around: readonly string[]): SeenName => {
  const lookup = nameLookup(setting, text, around);
  return lookup === undefined
    ? { value: null, origins: originsOf(text, [...setting.around, ...around]) }
    : { value: null, origins: originsOf(lookup), lookup };
};

const distinct = (all: readonly SeenName[]): SeenName[] => [
  ...new Map(all.map((name) => [name.value ?? name.lookup ?? JSON.stringify(name.origins), name])).values(),
];

const isPlain = (text: string): boolean => !/\{\{|\$\{|\$\(/.test(text) && !/^(?:var|local)\./.test(text);

/** Computed parts are masked, so that their own slashes and at-signs do not count. */
function nameInUrl(setting: SeenSetting, role: 'database' | 'user'): SeenName {
  const inner = innerText(setting.text);
  const masked = maskedText(inner.text);
  const said = readConnection(masked)[role];
  if (said === null) return NOWHERE;
  if (!/[\ue000\ue001]/.test(said)) return { value: said, origins: [{ kind: 'literal' }] };
  const words = new RegExp(`(?:^|\\s)${role === 'user' ? 'user' : 'dbname'}\\s*=\\s*`).exec(masked);
  const url = /^(?:jdbc:)?[a-z0-9+]+:\/\//i.exec(masked)?.[0].length;
  const start =
    url === undefined
      ? (words?.index ?? 0) + (words?.[0].length ?? 0)
      : role === 'user'
        ? url
        : masked.lastIndexOf(said);
  const piece = inner.text.slice(start, start + said.length);
  const found = role === 'user' ? beforeColon(piece) : { text: piece, around: [] };
  return fetched(setting, found.text, [...inner.around, ...found.around]);
}

/** `{{ with … }}user:password{{ end }}`: the part that is the user. */
function beforeColon(piece: string): InnerText {
  const inner = innerText(piece);
  const colon = maskedText(inner.text).indexOf(':');
  return inner.around.length === 0 || colon === -1
    ? { text: piece, around: [] }
    : { ...inner, text: inner.text.slice(0, colon) };
}

function passwordOf(
  settings: readonly SeenSetting[],
  urls: readonly SeenSetting[],
): Pick<SeenClient, 'vault' | 'password'> {
  const [setting] = settings;
  if (setting !== undefined) return { vault: vaultOf(setting.text, setting.around), password: setting.origins };
  const [url] = urls;
  if (url === undefined) return { vault: null, password: [] };
  const inner = innerText(url.text, url.around);
  const masked = maskedText(inner.text);
  const [, head = '', secret = ''] =
    /^((?:jdbc:)?[a-z0-9+]+:\/\/[^/@:]*:)([^@]*)@/i.exec(masked) ?? /^(.*\bpassword=)(\S+)/i.exec(masked) ?? [];
  const login = secret === '' ? loginBlock(inner.text, masked) : undefined;
  if (login !== undefined) {
    const all = [...inner.around, ...login.around];
    return { vault: vaultOf(login.text, all), password: originsOf(login.text, all) };
  }
  const text = inner.text.slice(head.length, head.length + secret.length);
  return text === ''
    ? { vault: null, password: [] }
    : { vault: vaultOf(text, inner.around), password: originsOf(text, inner.around) };
}

/** `postgres://{{ with … }}user:password{{ end }}@…`: the part that is the password. */
function loginBlock(text: string, masked: string): InnerText | undefined {
  const [, head = '', login = ''] = /^((?:jdbc:)?[a-z0-9+]+:\/\/)([^@]*)@/i.exec(masked) ?? [];
  const inner = innerText(text.slice(head.length, head.length + login.length));
  const colon = maskedText(inner.text).indexOf(':');
  return inner.around.length === 0 || colon === -1 ? undefined : { ...inner, text: inner.text.slice(colon + 1) };
}

/** `.Data.data.<key>` of the nearest secret that is asked for, by itself or through a variable. */
function vaultOf(written: string, around: readonly string[]): SeenClient['vault'] {
  const variable = /^["']?\{\{-?\s*\$(\w+)\s*-?\}\}["']?$/.exec(written)?.[1];
  const assigned = around.find((code) => variable !== undefined && new RegExp(`^\\$${variable}\\s*:?=`).test(code));
  const text = assigned ?? written;
  const key =
    /\.Data\.data\.([A-Za-z0-9_-]+)/.exec(text)?.[1] ?? /index\s+\.Data\.data\s+["`]([^"`]+)["`]/.exec(text)?.[1];
  const path = [text, ...around.toReversed()].flatMap((one) => /\bsecret\s+["`]([^"`]+)["`]/.exec(one)?.[1] ?? [])[0];
  if (key === undefined || path === undefined || !/^[\w.-]+(?:\/[\w.-]+)+$/.test(path)) return null;
  const [mount = '', next = '', ...rest] = path.split('/');
  return { path: next === 'data' ? path : [mount, 'data', next, ...rest].join('/'), key };
}
