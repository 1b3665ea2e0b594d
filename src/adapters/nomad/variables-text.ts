import type { JobSource } from '../../ports/nomad.js';

/**
 * `-var` flags as var-file text: the parse endpoint takes a var-file only, and a flag wins over the file.
 * Lists and maps are HCL expressions as on the command line; everything else is a string that Nomad converts to the variable's type.
 */
export function variablesText(source: JobSource): string {
  const flags = Object.entries(source.VariableFlags ?? {});
  const overridden = new Set(flags.map(([key]) => key));
  const file = (source.Variables ?? '')
    .split('\n')
    .filter((line) => !overridden.has(/^\s*([\w-]+)\s*=/.exec(line)?.[1] ?? ''));
  return [...file, ...flags.map(([key, value]) => `${key} = ${expression(value)}`)].join('\n');
}

const expression = (value: string): string => (/^\s*[[{]/.test(value) ? value : quoted(value));

const quoted = (value: string): string =>
  JSON.stringify(value)
    .replace(/\\b/g, '\\u0008')
    .replace(/\\f/g, '\\u000c')
    .replace(/([$%])\{/g, '$1$1{');
