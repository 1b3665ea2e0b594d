import { blocksOf, type HclFile, type HclValue } from '../splice/hcl-file.js';

/** What a value of a jobspec reads as, by the defaults that the file itself gives to its variables. */
export interface ResolvedText {
  readonly text: string;
  /** `var.x` and `local.x` that it went through. */
  readonly via: readonly string[];
  /** Something in it is known only to Nomad, or to whoever gives the variable. */
  readonly open: boolean;
}

export type Resolve = (value: HclValue | undefined) => ResolvedText | undefined;

/** Texts deeper than this refer to each other. */
const DEEPEST = 8;

/** Reads values of one file; `undefined` for what is neither text nor a reference to some. */
export function resolver(file: HclFile): Resolve {
  const named = namedValues(file);
  const read = (value: HclValue | undefined, depth: number): ResolvedText | undefined => {
    if (value === undefined || depth > DEEPEST) return undefined;
    if (value.literal !== undefined) return { text: value.literal, via: [], open: false };
    const source = value.heredoc ?? inQuotes(file.source, value);
    if (source !== undefined) return interpolated(file.source.slice(source.start, source.end), depth);
    const name = /^(?:var|local)\.[A-Za-z_][\w-]*$/.exec(file.source.slice(value.start, value.end).trim())?.[0];
    return name === undefined ? undefined : through(name, depth);
  };
  const through = (name: string, depth: number): ResolvedText | undefined => {
    const found = read(named.get(name), depth + 1);
    return found === undefined ? undefined : { ...found, via: [name, ...found.via] };
  };
  const interpolated = (text: string, depth: number): ResolvedText => {
    const via: string[] = [];
    let open = false;
    const filled = text.replaceAll(/(?<!\$)\$\{\s*([^}]*?)\s*\}/g, (whole, code: string) => {
      const found = /^(?:var|local)\.[\w-]+$/.test(code) ? through(code, depth) : undefined;
      if (found === undefined) open = true;
      via.push(...(found?.via ?? []));
      open ||= found?.open ?? false;
      return found?.text ?? whole;
    });
    return { text: filled, via, open };
  };
  return (value) => read(value, 0);
}

const inQuotes = (source: string, { start, end }: HclValue): { start: number; end: number } | undefined =>
  /^"(?:[^"\\\n]|\\.)*"$/.test(source.slice(start, end).replaceAll(/\$\{[^}]*\}/g, ''))
    ? { start: start + 1, end: end - 1 }
    : undefined;

/** Defaults of variables, and locals. */
function namedValues(file: HclFile): ReadonlyMap<string, HclValue> {
  const variables = blocksOf(file, 'variable').flatMap(({ labels, body }) =>
    body.attributes
      .filter(({ name }) => name === 'default')
      .map(({ value }): [string, HclValue] => [`var.${labels[0] ?? ''}`, value]),
  );
  const locals = blocksOf(file, 'locals').flatMap(({ body }) =>
    body.attributes.map(({ name, value }): [string, HclValue] => [`local.${name}`, value]),
  );
  return new Map([...variables, ...locals]);
}

/** Names of the HCL variables of the file, for a text that cannot be read without one. */
export const variablesIn = (text: string): string[] => [
  ...new Set([...text.matchAll(/(?<![\w.])(?:var|local)\.[A-Za-z_][\w-]*/g)].map(([name]) => name)),
];
