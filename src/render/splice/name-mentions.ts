/** A service's names in the shared instance. */
export interface ServiceNames {
  readonly databases: readonly string[];
  readonly role: string;
}

const NAME = `["']?([A-Za-z_][A-Za-z0-9_$-]*)`;
const DECLARATIONS: readonly RegExp[] = [
  new RegExp(`\\b(?:CREATE|ALTER|DROP|ON)\\s+(?:DATABASE|USER|ROLE)\\s+(?:IF\\s+(?:NOT\\s+)?EXISTS\\s+)?${NAME}`, 'gi'),
  new RegExp(`\\b(?:datname|rolname|usename)\\s*=\\s*${NAME}`, 'gi'),
  new RegExp(`\\b(?:OWNER\\s+TO|OWNER|TO)\\s+${NAME}`, 'gi'),
  new RegExp(`^[ \\t]*\\\\c(?:onnect)?[ \\t]+${NAME}`, 'gim'),
];
const NOBODY: readonly string[] = [
  'postgres',
  'template0',
  'template1',
  'public',
  'default',
  'off',
  'on',
  'session_user',
  'current_user',
];

/** Names of databases and roles that the script declares, without the server's own and those of `ours`. */
export function otherNames(script: string, ours: ServiceNames): string[] {
  const names = DECLARATIONS.flatMap((pattern) => [...script.matchAll(pattern)].map((match) => match[1] ?? ''));
  return [...new Set(names)].filter(
    (name) => ![...ours.databases, ours.role, ''].includes(name) && !NOBODY.includes(name.toLowerCase()),
  );
}

/** Is the name there as a whole word? A dash belongs to the word, so `app` is not seen in `app-ui`. */
export const mentions = (text: string, name: string): boolean =>
  new RegExp(`(?<![A-Za-z0-9_$-])${escapePattern(name)}(?![A-Za-z0-9_$-])`, 'i').test(text);

const escapePattern = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
