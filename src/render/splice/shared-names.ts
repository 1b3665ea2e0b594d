import type { Span } from './hcl-file.js';

/** By what names the shared instance is known to its clients. */
export interface SharedNames {
  /** As registered with Nomad or Consul. */
  readonly service: string;
  /** Addresses and names under which it was really seen. */
  readonly hosts: readonly string[];
  readonly port: number;
}

/** Does the text ask a service catalogue for the shared instance? */
export const asksForShared = (text: string, { service }: SharedNames): boolean =>
  new RegExp(
    `\\b(?:nomadService|service|connect)\\s+(?:\\d+\\s+(?:(?:\\([^)]*\\)|[^\\s"\`]\\S*)\\s+)?)?["\`](?:[\\w-]+\\.)?${escapePattern(service)}(?:["\`@|])`,
  ).test(text);

/** Is that literal the shared instance: an address it was seen at, or its name in Consul's DNS? */
export const isSharedHost = (host: string, names: SharedNames): boolean => {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  return bare !== '' && (names.hosts.some((known) => known.toLowerCase() === bare) || consulName(names).test(bare));
};

const consulName = ({ service }: SharedNames): RegExp =>
  new RegExp(`^(?:[\\w-]+\\.)?${escapePattern(service.toLowerCase())}\\.service(?:\\.[\\w-]+)?\\.consul$`);

/**
 * Lines of a text that name the shared instance beyond doubt, comments left out. Offsets are relative to the text.
 * An address alone is the machine's: other things live there too, so it counts with the instance's port in the same line only.
 */
export function linesNamingShared(text: string, names: SharedNames): Span[] {
  const lines: Span[] = [];
  let start = 0;
  for (const line of text.split('\n')) {
    const end = start + line.length;
    const words = line.match(/[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+(?::\d+)?/g) ?? [];
    const named = asksForShared(line, names) || words.some((word) => isSharedAddress(word, line, names));
    if (named && !/^\s*(?:#|\/\/|;)/.test(line)) lines.push({ start, end });
    start = end + 1;
  }
  return lines;
}

/** `10.0.0.5:5432`, and `-h 10.0.0.5 -p 5432`. */
const isSharedAddress = (word: string, line: string, names: SharedNames): boolean => {
  const [host = '', port] = word.split(':');
  if (consulName(names).test(host.toLowerCase())) return true;
  const apart = new RegExp(`(?<![\\w.:-])${names.port}(?![\\w.])`);
  return (port === String(names.port) || (port === undefined && apart.test(line))) && isSharedHost(host, names);
};

const escapePattern = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
