import { connectionSpans, maskComputed } from '../splice/connection-spans.js';
import { actionBlocks, goActions } from '../splice/go-actions.js';
import { type SeenSetting, unquoted } from './seen-settings.js';
import { type Origin, originsOf } from './value-origin.js';

/** Whom a setting asks, as far as the file tells. */
export interface SeenAddress {
  /** `service postgres`, `10.0.0.5`: tells one server from another. */
  readonly id: string;
  /** Registered with Nomad or Consul. */
  readonly service?: string;
  /** Written out. */
  readonly host?: string;
  readonly port?: number;
  readonly origins: readonly Origin[];
}

const SCHEME = /^(?:jdbc:)?(?:postgres|postgresql|postgis|pgsql|pgx5?|psql|pg)(?:[+:][a-z0-9_]+)*:\/\//i;

export interface InnerText {
  readonly text: string;
  /** Openings of the blocks that were around it. */
  readonly around: readonly string[];
}

/** `{{ with … }}postgres://…{{ end }}`, in quotes or not: what is inside of blocks that span the whole text. */
export function innerText(text: string, around: readonly string[] = []): InnerText {
  const plain = unquoted(text);
  const actions = goActions(plain);
  const outer = (actions && actionBlocks(actions))?.[0];
  if (
    outer === undefined ||
    outer.hasElse ||
    outer.open.code.startsWith('if') ||
    `${plain.slice(0, outer.start)}${plain.slice(outer.end)}`.trim() !== ''
  )
    return { text: plain, around };
  return innerText(plain.slice(outer.open.end, outer.close.start).trim(), [...around, outer.open.code]);
}

export const isPostgresUrl = (text: string): boolean => SCHEME.test(innerText(text).text);

/** `host=… dbname=…` words of libpq. */
export const isPostgresWords = (text: string): boolean => {
  const inner = innerText(text).text;
  const bare = maskedText(inner);
  return (
    /(?:^|[\s\ue000\ue001])host\s*=/.test(bare) &&
    /(?:^|\s)(?:dbname|user|sslmode)\s*=/.test(bare) &&
    !/:\/\//.test(bare.slice(0, 40))
  );
};

/** Computed parts hidden, each for itself where blocks reach beyond the text. */
export const maskedText = (text: string): string =>
  maskComputed(text) ?? text.replaceAll(/\{\{[^}]*\}\}|\$\{[^}]*\}/g, (computed) => '\ue000'.repeat(computed.length));

/** What stands for the address inside of a connection string; empty where that cannot be told. */
export function addressPiece(text: string): string {
  const found = connectionSpans(text);
  if (!('why' in found)) return found.spans.map(({ start, end }) => text.slice(start, end)).join(':');
  const [, head = '', host = ''] = /^([a-z0-9:+]+:\/\/(?:[^/?#]*@)?)([^/?#"'@]*)/i.exec(maskedText(text)) ?? [];
  return text.slice(head.length, head.length + host.length);
}

/** Kinds of origins that stand for a server. */
const SERVERS: readonly Origin['kind'][] = [
  'nomad-service',
  'consul-service',
  'consul-dns',
  'consul-connect',
  'nomad-env',
];

export function seenAddress(setting: SeenSetting, isUrl: boolean): SeenAddress {
  const inner = innerText(setting.text, setting.around);
  const piece = isUrl ? addressPiece(inner.text) : inner.text;
  // The value as it is written tells of variables, the filled one what they hold.
  const origins = originsOf(piece, inner.around);
  const asked = origins.find(({ kind }) => SERVERS.includes(kind));
  const [, host = '', port] = /^(\[[^\]]+\]|[^:{}$\s]+)(?::(\d+))?$/.exec(piece) ?? [];
  const literal = origins[0]?.kind === 'literal' || asked?.kind === 'consul-dns';
  const service = asked === undefined ? undefined : serviceName(asked);
  return {
    id:
      service !== undefined ? `service ${service}` : asked !== undefined ? (asked.name ?? '') : literal ? host : piece,
    ...(service === undefined ? {} : { service }),
    ...(literal && host !== '' ? { host } : {}),
    ...(port === undefined ? {} : { port: Number(port) }),
    origins,
  };
}

/** `primary.postgres@dc1` and `postgres.service.dc1.consul` are asked for as `postgres`. */
function serviceName({ kind, name = '' }: Origin): string | undefined {
  if (kind === 'nomad-service' || kind === 'consul-service') return (name.split(/[@|]/)[0] ?? '').split('.').at(-1);
  if (kind === 'consul-dns') return /([\w-]+)\.(?:service|query|virtual)\b/.exec(name)?.[1];
  return undefined;
}

/** Nothing of a connection string is in sight: it is fetched as a whole. */
export const isFetched = ({ text, around }: SeenSetting): boolean => {
  const inner = innerText(text, around).text;
  const bare = maskedText(inner).trim();
  return bare !== '' && /^[\ue000\ue001]+$/.test(bare);
};
