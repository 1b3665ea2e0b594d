/**
 * Which names can be carried through HCL, SQL, shell, URLs and folders and come back unchanged.
 * Database and role names are the operator's own and almost free; names dbctl derives files and services from are not.
 */
export type NameKind = 'service' | 'job' | 'group' | 'task' | 'database' | 'role' | 'volume' | 'vault-path';

interface NameRule {
  readonly fits: RegExp;
  readonly maxBytes: number;
  readonly says: string;
}

// Nomad service names: letters, digits and inner dashes, 63 at most; "-postgres" is appended.
const SERVICE: NameRule = {
  fits: /^[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?$/,
  maxBytes: 48,
  says: 'lower-case letters, digits, - and _ inside',
};
const NOMAD: NameRule = {
  fits: /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\s"\\]+$/u,
  maxBytes: 128,
  says: 'no spaces, quotes, backslashes or control characters',
};
// The .pgpass file and psql's line protocol end a name at a line break; everything else is quoted.
const SQL: NameRule = { fits: /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]+$/u, maxBytes: 63, says: 'no control characters' };

const RULES: Readonly<Record<NameKind, NameRule>> = {
  service: SERVICE,
  job: NOMAD,
  group: NOMAD,
  task: {
    ...NOMAD,
    fits: /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\s"\\/]+$/u,
    says: 'no spaces, slashes, quotes or control characters',
  },
  database: SQL,
  role: SQL,
  volume: { fits: /^[A-Za-z0-9][A-Za-z0-9_.-]*$/, maxBytes: 128, says: 'letters, digits, _ . and -' },
  'vault-path': {
    fits: /^[A-Za-z0-9_-][A-Za-z0-9_.-]*(?:\/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*$/,
    maxBytes: 200,
    says: 'letters, digits, _ . and -, parted by single slashes',
  },
};

/** Says what is wrong with a name, or `undefined` when it is safe. */
export const nameProblem = (kind: NameKind, name: string): string | undefined => {
  const rule = RULES[kind];
  if (name === '') return `a ${kind} name must not be empty`;
  if (Buffer.byteLength(name) > rule.maxBytes) return `a ${kind} name has at most ${rule.maxBytes} bytes`;
  return rule.fits.test(name) ? undefined : `a ${kind} name takes ${rule.says}`;
};
