import { nameProblem } from './safe-names.js';

export const NOTIFY_KINDS = ['ntfy', 'discord', 'healthchecks', 'gotify', 'webhook'] as const;
export type NotifyKind = (typeof NOTIFY_KINDS)[number];

/** `vault:<path>#<key>`: where a URL lies that is itself a secret. */
export interface VaultRef {
  readonly path: string;
  readonly key: string;
}

/** A path and a key in Vault, or `undefined` when the text is none. */
export const vaultRef = (text: string): VaultRef | undefined => {
  const match = /^([^#]+)#([A-Za-z0-9_-]+)$/.exec(text);
  const path = match?.[1] ?? '';
  return match === null || nameProblem('vault-path', path) !== undefined ? undefined : { path, key: match[2] ?? '' };
};

/** What is wrong with the address of a message, or `undefined`. */
export const notifyProblem = (text: string): string | undefined => {
  if (text.startsWith('vault:'))
    return vaultRef(text.slice(6)) === undefined ? 'expected vault:<path below the mount>#<key>' : undefined;
  // Letters of a URL as RFC 3986 has them: no quote, no blank, nothing that a shell or a template would read.
  if (!/^(?:https?|ntfy|discord|healthchecks|gotify|webhook):\/\/[A-Za-z0-9._~:/?@!&*+,;=%-]+$/.test(text))
    return 'expected an https:// URL, or vault:path#key';
  return /^[a-z]+:\/\/[^/]*@/.test(text) ? 'credentials do not belong here: keep them in Vault' : undefined;
};

/** By scheme (`ntfy://host/topic` is https), then by host; everything else takes a plain JSON message. */
export const notifyKind = (url: string): NotifyKind => {
  const [, scheme = '', host = ''] = /^([a-z]+):\/\/([^/:?]+)/.exec(url) ?? [];
  const said = NOTIFY_KINDS.find((kind) => kind === scheme);
  if (said) return said;
  if (/(?:^|\.)discord(?:app)?\.com$/.test(host)) return 'discord';
  if (host === 'hc-ping.com' || /^(?:healthchecks|hc)\./.test(host)) return 'healthchecks';
  return (['ntfy', 'gotify'] as const).find((kind) => host.startsWith(`${kind}.`)) ?? 'webhook';
};

export const httpsUrl = (url: string): string =>
  url.replace(/^(?:ntfy|discord|healthchecks|gotify|webhook):/, 'https:');
