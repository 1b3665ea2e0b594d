import { withoutTls } from '../../plan/tls-demands.js';
import {
  type Address,
  addressText,
  type HclFile,
  lineOf,
  linesNamingShared,
  type SeenClient,
  type SharedNames,
  upstreamLines,
} from '../../render/index.js';
import type { AdoptLeft } from '../../report/adopt-report.js';
import { maskLine } from '../../shared/mask-line.js';
import { formText } from './form-text.js';
import { portToAdd } from './port-line.js';
import { tlsLines } from './tls.js';

type ClientSetting = SeenClient['settings'][number];

const ADDRESSES: readonly string[] = ['host', 'port', 'host:port', 'url'];

/** The lines of a file that a person has to change, each as it is and as it has to be. `null`: not to an address of this file. */
export const linesToChange = (
  source: string,
  clients: readonly SeenClient[],
  address: Address | null,
  why: string,
): AdoptLeft[] => [
  ...clients.flatMap(({ settings, task }) =>
    settings
      .filter(({ role }) => ADDRESSES.includes(role))
      .flatMap((one) => lineToChange(source, one, address, `${one.setting.key} of task ${task}: ${why}`)),
  ),
  ...(address === null ? [] : clients.flatMap((client) => portToAdd(client, address))),
  ...(address === null ? [] : tlsLines(source, clients)),
];

function lineToChange(
  source: string,
  { setting, role }: ClientSetting,
  address: Address | null,
  why: string,
): AdoptLeft[] {
  const { start } = setting.at.value;
  const { end } = setting;
  const stop = source.indexOf('\n', end) === -1 ? source.length : source.indexOf('\n', end);
  const from = source.lastIndexOf('\n', start - 1) + 1;
  const old = source.slice(from, stop);
  const given = definitionOf(source, source.slice(start, end));
  if (address === null) return [{ line: setting.line, old: shown(old), new: null, why }];
  if (given !== undefined) return [definitionLeft(given, address, why)];
  const inEnv = setting.place === 'env' && address.kind !== 'service';
  const text = addressText(address, inEnv ? 'env' : 'template');
  const made = text === undefined ? undefined : formText(role, source.slice(start, end), text, inEnv);
  const value = made === undefined || role !== 'url' ? made : withoutTls(made);
  if (value === undefined) return [{ line: setting.line, old: shown(old), new: null, why }];
  if (setting.place === 'env' && !inEnv)
    return [
      {
        line: setting.line,
        old: shown(old),
        new: templateFor(setting.key, value),
        why: `${why}, from a template, because env cannot ask for a service`,
      },
    ];
  const now = `${source.slice(from, start)}${value}${source.slice(end, stop)}`;
  return now === old ? [] : [{ line: setting.line, old: shown(old), new: shown(now), why }];
}

const shown = (line: string): string => maskLine(line.trim());

/** What takes the place of a line of `env`. */
const templateFor = (key: string, value: string): string =>
  [
    'template {',
    '  destination = "secrets/database.env"',
    '  env         = true',
    '  data        = <<EOF',
    maskLine(`${key}=${value.replace(/^"([\s\S]*)"$/, '$1')}`),
    'EOF',
    '}',
  ].join('\n');

/** The line that gives a variable or local its text. */
function definitionOf(source: string, written: string): { readonly line: number; readonly text: string } | undefined {
  const [, kind, name] = /^"?(?:\$\{)?\s*(var|local)\.([\w-]+)\s*\}?"?$/.exec(written.trim()) ?? [];
  if (name === undefined) return undefined;
  const lines = source.split('\n');
  const head = kind === 'var' ? lines.findIndex((line) => new RegExp(`^\\s*variable\\s+"${name}"`).test(line)) : 0;
  const wanted = kind === 'var' ? /\bdefault\s*=/ : new RegExp(`^\\s*${name}\\s*=`);
  const at = lines.findIndex((line, index) => head !== -1 && index >= head && wanted.test(line));
  return at === -1 ? undefined : { line: at + 1, text: lines[at] ?? '' };
}

function definitionLeft(
  { line, text }: { readonly line: number; readonly text: string },
  address: Address,
  why: string,
): AdoptLeft {
  const value = /"[^"]*"\s*$/.exec(text.trim())?.[0];
  const at = addressText(address, 'env');
  const made =
    value === undefined || at === undefined || !value.includes('://') ? undefined : formText('url', value, at, true);
  const now = made === undefined ? undefined : withoutTls(made);
  return {
    line,
    old: shown(text),
    new: now === undefined || value === undefined ? null : shown(text.replace(value, now)),
    why,
  };
}

/** Lines that still name the shared server once the settings are changed. */
export function linesLeft(source: string, shared: SharedNames, changed: ReadonlySet<number>): AdoptLeft[] {
  return linesNamingShared(source, shared)
    .map(({ start, end }) => ({ line: lineOf(source, start), text: source.slice(start, end) }))
    .filter(({ line }) => !changed.has(line))
    .map(({ line, text }) => ({
      ...{ line, old: shown(text), new: null },
      why: 'still names the shared server: look whether it has to follow',
    }));
}

/** Consul's proxy went to the shared server for the app. */
export const upstreamsLeft = ({ file }: { readonly file: HclFile }, { hosts, port }: SharedNames): AdoptLeft[] =>
  hosts.every((host) => !/^(?:localhost|127\.0\.0\.1)$/.test(host)) && hosts.length > 0
    ? []
    : upstreamLines(file, port).map(({ line, text }) => ({
        ...{ line, old: text.trim(), new: null },
        why: 'the upstream to the shared server is not asked any more: take its block out',
      }));
