import { isMap, isScalar, parseDocument, type YAMLMap } from 'yaml';
import { DbctlError } from '../errors/dbctl-error.js';

/** What the entry of a new service says; absent values are left to the defaults. */
export interface NewEntry {
  readonly priority?: string | undefined;
  readonly app?: string | undefined;
  readonly placement?: string | undefined;
  readonly jobspec?: string | undefined;
  readonly database?: string | undefined;
  readonly databases?: readonly string[] | undefined;
  readonly role?: string | undefined;
  readonly extensions?: readonly string[] | undefined;
  readonly image?: string | undefined;
  readonly major?: number | undefined;
}

/**
 * The inventory with one more service at the end of `services`; every other byte stays, comments included.
 * A service of that name must not be there yet. Throws INVENTORY_INVALID where `services` is no mapping that can be added to.
 */
export function addService(text: string, name: string, entry: NewEntry): string {
  const document = parseDocument(text, { merge: true, keepSourceTokens: true });
  const services = document.get('services', true);
  if (document.errors.length > 0 || !isMap(services) || services.anchor !== undefined) throw cannotAdd();
  if (services.items.some(({ key }) => String(isScalar(key) ? key.value : key) === name)) throw cannotAdd(name);
  const line = `${scalar(name)}: ${flow(entry)}`;
  return services.flow ? intoFlow(text, services, line) : intoBlock(text, services, line);
}

const cannotAdd = (value?: string): DbctlError =>
  new DbctlError('INVENTORY_INVALID', 'the service cannot be added to the inventory', {
    where: 'services',
    ...(value === undefined ? {} : { value }),
    next: 'write the service into dbctl.yaml by hand, then run the command again',
  });

function intoBlock(text: string, services: YAMLMap, line: string): string {
  const last = services.items.at(-1);
  const first = services.items[0];
  const start = offsetOf(first?.key, 0);
  const end = offsetOf(last?.value, 1) ?? offsetOf(last?.key, 1);
  if (start === undefined || end === undefined) throw cannotAdd();
  const indent = /[^\r\n]*$/.exec(text.slice(0, start))?.[0] ?? '';
  if (indent.trim() !== '') throw cannotAdd();
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const at = lineEnd(text, end);
  const open = at > 0 && text[at - 1] !== '\n';
  return `${text.slice(0, at)}${open ? eol : ''}${indent}${line}${open ? '' : eol}${text.slice(at)}`;
}

function intoFlow(text: string, services: YAMLMap, line: string): string {
  const close = (offsetOf(services, 1) ?? 0) - 1;
  if (text[close] !== '}') throw cannotAdd();
  const last = services.items.at(-1);
  const end = offsetOf(last?.value, 1) ?? offsetOf(last?.key, 1);
  const head = text.slice(0, close).trimEnd();
  if (last === undefined || end === undefined) return `${text.slice(0, close)} ${line} ${text.slice(close)}`;
  if (/#[^\n]*$/.test(text.slice(end, close).trimEnd())) throw cannotAdd();
  const comma = text.slice(end, close).includes(',') ? ' ' : ', ';
  return `${head}${comma}${line}${text.slice(head.length)}`;
}

/** `range` of a node: start, end of the value, end with what follows it. */
const offsetOf = (node: unknown, which: 0 | 1): number | undefined =>
  (node as { range?: readonly number[] } | null | undefined)?.range?.[which];

/** The start of the line after the one in which `offset` lies; a value that ends with its line is over already. */
function lineEnd(text: string, offset: number): number {
  if (offset > 0 && text[offset - 1] === '\n') return offset;
  const newline = text.indexOf('\n', offset);
  return newline === -1 ? text.length : newline + 1;
}

const flow = (entry: NewEntry): string => {
  const pairs = Object.entries(entry).flatMap(([key, value]: [string, Value | undefined]) =>
    value === undefined || (typeof value !== 'number' && value.length === 0) ? [] : [`${key}: ${shown(value)}`],
  );
  return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`;
};

type Value = string | number | readonly string[];

const shown = (value: Value): string => {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? scalar(value) : `[${value.map(scalar).join(', ')}]`;
};

const PLAIN = /^[A-Za-z][A-Za-z0-9_./-]*$/;
const WORDS: ReadonlySet<string> = new Set(['true', 'false', 'null', 'yes', 'no', 'on', 'off', 'y', 'n']);

/** Plain where YAML 1.1 and 1.2 both read text; a JSON string is a YAML string. */
const scalar = (text: string): string =>
  PLAIN.test(text) && !WORDS.has(text.toLowerCase()) ? text : JSON.stringify(text);
