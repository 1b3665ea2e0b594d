import {
  type Address,
  addressText,
  lineOf,
  linesNamingShared,
  upstreamLines,
  type SeenClient,
  type SharedNames,
} from '../../render/index.js';
import type { AdoptLeft } from '../../report/adopt-report.js';
import { maskLine } from '../../shared/mask-line.js';
import { formText } from './form-text.js';
import type { ReadFile } from './read-file.js';

/** The lines of a file that a person has to change, each as it is and as it has to be. */
export function linesToChange(
  source: string,
  clients: readonly SeenClient[],
  address: Address,
  why: string,
): AdoptLeft[] {
  return clients.flatMap(({ settings, task }) =>
    settings.flatMap(({ setting, role }): AdoptLeft[] => {
      if (role === 'database' || role === 'user' || role === 'password') return [];
      const text =
        addressText(address, setting.place === 'env' ? 'env' : 'template') ?? addressText(address, 'template');
      if (text === undefined) return [];
      const { start, end } = setting.at.value;
      const written = source.slice(start, end);
      const value = formText(role, written, text, setting.place === 'env');
      const [from, to] = [source.lastIndexOf('\n', start - 1) + 1, source.indexOf('\n', end)];
      const line = source.slice(from, to === -1 ? undefined : to);
      const now =
        value === undefined
          ? null
          : `${source.slice(from, start)}${value}${source.slice(end, to === -1 ? undefined : to)}`;
      return now === line
        ? []
        : [
            {
              line: setting.line,
              old: shown(line),
              new: now === null ? null : shown(now),
              why: `${setting.key} of task ${task}: ${why}`,
            },
          ];
    }),
  );
}

const shown = (line: string): string => maskLine(line.trim());

/** Lines that still name the shared server once the settings are changed. */
export function linesLeft(source: string, shared: SharedNames, changed: ReadonlySet<number>): AdoptLeft[] {
  return linesNamingShared(source, shared)
    .map(({ start, end }) => ({ line: lineOf(source, start), text: source.slice(start, end) }))
    .filter(({ line }) => !changed.has(line))
    .map(({ line, text }) => ({
      line,
      old: shown(text),
      new: null,
      why: 'still names the shared server: look whether it has to follow',
    }));
}

/** Consul's proxy went to the shared server for the app. */
export const upstreamsLeft = ({ file }: ReadFile, { hosts, port }: SharedNames): AdoptLeft[] =>
  hosts.every((host) => !/^(?:localhost|127\.0\.0\.1)$/.test(host)) && hosts.length > 0
    ? []
    : upstreamLines(file, port).map(({ line, text }) => ({
        ...{ line, old: text.trim(), new: null },
        why: 'the upstream to the shared server is not asked any more: take its block out',
      }));
