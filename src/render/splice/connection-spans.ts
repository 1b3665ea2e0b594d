import type { AddressText } from './address.js';
import { actionBlocks, goActions, isServiceLookup } from './go-actions.js';
import type { Span } from './hcl-file.js';

/** `url`: the authority of a URI; `dsn.host`, `dsn.port`: one word of a libpq key/value string. */
export type ConnectionForm = 'url' | 'dsn.host' | 'dsn.port';

/** A piece of a connection string that holds the address. Offsets are relative to the string. */
export interface ConnectionSpan extends Span {
  readonly form: ConnectionForm;
}

export type ConnectionSpans = { readonly spans: readonly ConnectionSpan[] } | { readonly why: string };

const COMPUTED = '\ue000';
const LOOKUP = '\ue001';
const HOST_PORT = /^(?:\[[^\]]+\]|[A-Za-z0-9_.\ue000\ue001-]+)(?::[0-9\ue000\ue001]+)?$/;

/**
 * Where a connection string (URI, JDBC or key/value) says host and port, with the string's quotes around it or not.
 * Only what can be told for certain is answered; everything else is refused in words.
 */
export function connectionSpans(text: string): ConnectionSpans {
  const inner = wrapped(text);
  if (inner !== undefined) return shifted(connectionSpans(text.slice(inner.start, inner.end)), inner.start);
  const masked = maskComputed(text);
  if (masked === undefined) return { why: 'an action in it never ends' };
  return /^["']?(?:jdbc:)?[a-z][a-z0-9+.-]*:\/\//i.test(masked) ? uriSpans(masked) : dsnSpans(masked);
}

/** `{{ with secret … }}` around the whole string: the block stays. */
function wrapped(text: string): Span | undefined {
  const actions = goActions(text);
  const outer = (actions && actionBlocks(actions))?.[0];
  if (outer === undefined || outer.hasElse || outer.open.code.startsWith('if') || isServiceLookup(outer))
    return undefined;
  const around = `${text.slice(0, outer.start)}${text.slice(outer.end)}`;
  return /^(?:""|'')?$/.test(around) ? { start: outer.open.end, end: outer.close.start } : undefined;
}

const shifted = (found: ConnectionSpans, by: number): ConnectionSpans =>
  'why' in found
    ? found
    : { spans: found.spans.map(({ form, start, end }) => ({ form, start: start + by, end: end + by })) };

function uriSpans(masked: string): ConnectionSpans {
  const match = /^(["']?)((?:jdbc:)?[a-z][a-z0-9+.-]*:\/\/)([^/?#"']*)([^"']*)/i.exec(masked);
  if (match === null) return { why: 'its host cannot be told apart' };
  const [whole, quote = '', scheme = '', authority = '', rest = ''] = match;
  if (masked.slice(whole.length) !== quote) return { why: 'a quote in it cannot be read for certain' };
  const at = authority.lastIndexOf('@');
  if (authority.indexOf('@') !== at) return { why: 'an @ in user or password is not percent-encoded' };
  const host = authority.slice(at + 1);
  if (host.includes(',')) return { why: 'it names several hosts' };
  if (!HOST_PORT.test(host)) return { why: 'its host cannot be told apart' };
  if (rest.split('?')[0]?.includes('@')) return { why: 'an @ in user or password is not percent-encoded' };
  if (/[?&](?:host|hostaddr|port)=/.test(rest)) return { why: 'its query names a host as well' };
  // Without an `@` in sight, what Nomad computes may hold user and password too.
  const userless = /^(?:jdbc:|tcp:)/i.test(scheme);
  if (at === -1 && !userless && host.includes(COMPUTED)) return { why: 'its host is computed together with its user' };
  const start = quote.length + scheme.length + at + 1;
  return { spans: [{ form: 'url', start, end: start + host.length }] };
}

const WORD = /([A-Za-z_]+)[ \t]*=[ \t]*('(?:[^'])*'|[^ \t"']*)/y;

function dsnSpans(masked: string): ConnectionSpans {
  if (!/(?:^|[\s"'])(?:host|dbname)[ \t]*=/.test(masked)) return { why: 'it is no address that dbctl can read' };
  if (masked.includes('\\')) return { why: 'a backslash in it cannot be read for certain' };
  const quote = /^["']/.exec(masked)?.[0] ?? '';
  const end = quote !== '' && masked.endsWith(quote) ? masked.length - 1 : masked.length;
  const found: Record<string, Span[]> = {};
  for (let at = skipSpace(masked, quote.length); at < end; at = skipSpace(masked, at)) {
    WORD.lastIndex = at;
    const word = WORD.exec(masked);
    if (word === null) return { why: 'it cannot be read as key=value words' };
    at = word.index + word[0].length;
    const value = word[2] ?? '';
    found[word[1] ?? ''] = [...(found[word[1] ?? ''] ?? []), { start: at - value.length, end: at }];
  }
  return dsnAnswer(found);
}

function dsnAnswer(found: Readonly<Record<string, readonly Span[]>>): ConnectionSpans {
  const [host, again] = found['host'] ?? [];
  const [port, portAgain] = found['port'] ?? [];
  if (host === undefined || again !== undefined || portAgain !== undefined || found['hostaddr'] !== undefined) {
    return { why: 'it does not name exactly one host' };
  }
  return {
    spans: [{ form: 'dsn.host', ...host }, ...(port === undefined ? [] : [{ form: 'dsn.port' as const, ...port }])],
  };
}

const skipSpace = (text: string, from: number): number => {
  let at = from;
  while (/[ \t]/.test(text[at] ?? '')) at += 1;
  return at;
};

/** What a span becomes. A key/value string without a port gets one behind its host. */
export function connectionText(spans: readonly ConnectionSpan[], span: ConnectionSpan, address: AddressText): string {
  if (span.form === 'url') return `${address.host}:${address.port}`;
  if (span.form === 'dsn.port') return address.port;
  return spans.some(({ form }) => form === 'dsn.port') ? address.host : `${address.host} port=${address.port}`;
}

/** Hides what Nomad and HCL compute, whole blocks at once, so that their slashes and at-signs do not count. */
export function maskComputed(text: string): string | undefined {
  const actions = goActions(text);
  const blocks = actions && actionBlocks(actions);
  if (actions === undefined || blocks === undefined) return undefined;
  const hide = (all: string, { start, end }: Span, sign: string): string =>
    all.slice(0, start) + sign.repeat(end - start) + all.slice(end);
  const outer = blocks.filter((block) => !blocks.some((other) => other.start < block.start && block.end <= other.end));
  const single = actions.filter((one) => !outer.some((block) => block.start <= one.start && one.end <= block.end));
  const byBlock = outer.reduce((all, block) => hide(all, block, isServiceLookup(block) ? LOOKUP : COMPUTED), text);
  const byAction = single.reduce((all, action) => hide(all, action, COMPUTED), byBlock);
  return byAction.replace(/\$\{[^}]*\}/g, (computed) => COMPUTED.repeat(computed.length));
}
