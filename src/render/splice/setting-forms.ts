import type { SettingForm } from '../presets.js';
import type { Span } from './hcl-file.js';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** What a key of that form holds for an address. */
export function formText(form: SettingForm, { host, port }: Address): string {
  switch (form) {
    case 'host':
      return host;
    case 'port':
      return String(port);
    case 'host:port':
    case 'url':
      return `${host}:${port}`;
  }
}

/** The part of a right side that the form rewrites; undefined when it cannot be told apart for certain. */
export function formSpan(form: SettingForm, source: string, value: Span): Span | undefined {
  if (form !== 'url') return value;
  const text = mask(source.slice(value.start, value.end));
  const match = /^["']?[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#@"']*)(?=[/?#"']|$)/i.exec(text);
  const host = match?.[1];
  if (match === null || host === undefined || host === '') return undefined;
  // Without an `@` outside of actions, the action may hold user and password as well.
  if (host.includes('\u0001') && !match[0].includes('@')) return undefined;
  const start = value.start + match[0].length - host.length;
  return { start, end: start + host.length };
}

/** Hides what Nomad and HCL compute, so that their slashes and at-signs do not count. */
const mask = (text: string): string =>
  text.replace(/\{\{.*?\}\}|\$\{.*?\}/gs, (computed) => '\u0001'.repeat(computed.length));
