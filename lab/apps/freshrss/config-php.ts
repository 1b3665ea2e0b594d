import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';

/** The `db` part of the app's own file. */
export interface PhpDatabase {
  readonly host: string;
  readonly user: string;
  readonly password: string;
  readonly base: string;
}

const SECTION = /'db'\s*=>\s*\[([^\]]*)\]/;
const entry = (key: string): RegExp => new RegExp(`('${key}'\\s*=>\\s*)'((?:[^'\\\\]|\\\\.)*)'`);

/** A single-quoted string of PHP knows two escapes. */
export const phpString = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;
const plain = (text: string): string => text.replace(/\\([\\'])/g, '$1');

/** The file as the first installation writes it. */
export function configText(db: PhpDatabase, salt: string): string {
  return `<?php
return [
  'environment' => 'production',
  'salt' => ${phpString(salt)},
  'title' => 'FreshRSS',
  'default_user' => 'admin',
  'db' => [
    'type' => 'pgsql',
    'host' => ${phpString(db.host)},
    'user' => ${phpString(db.user)},
    'password' => ${phpString(db.password)},
    'base' => ${phpString(db.base)},
    'prefix' => '',
  ],
  'limits' => [ 'max_feeds' => 16384 ],
];
`;
}

export function readDatabase(text: string): PhpDatabase {
  const section = SECTION.exec(text)?.[1] ?? '';
  const value = (key: string): string => {
    const found = entry(key).exec(section)?.[2];
    if (found === undefined) throw new TypeError(`config.php has no db.${key}`);
    return plain(found);
  };
  return { host: value('host'), user: value('user'), password: value('password'), base: value('base') };
}

/** The same text with other values in its `db` part; every other byte as it was. */
export function withDatabase(text: string, changes: Partial<PhpDatabase>): string {
  const apply = (section: string): string =>
    Object.entries(changes).reduce(
      (now, [key, value]) => now.replace(entry(key), (_whole, head: string) => `${head}${phpString(value)}`),
      section,
    );
  return text.replace(SECTION, apply);
}

export const readConfig = (path: string): string => readFileSync(path, 'utf8');

/** Whole or not at all, and readable by its owner alone. */
export function writeConfig(path: string, text: string): void {
  const fd = openSync(`${path}.new`, 'w', 0o600);
  try {
    writeSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(`${path}.new`, path);
}
