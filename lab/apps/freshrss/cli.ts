/** The app's own tool: `reconfigure --db-host host:port [--db-user …] [--db-base …]` and `show-db`. */
import { type PhpDatabase, readConfig, readDatabase, withDatabase, writeConfig } from './config-php.js';
import { options } from './options.js';

const path = `${process.env['DATA_PATH'] ?? '/data'}/config.php`;
const KEYS: Readonly<Record<string, keyof PhpDatabase>> = { 'db-host': 'host', 'db-user': 'user', 'db-base': 'base' };

/** Writes only what changes: the second time is nothing. */
function reconfigure(words: readonly string[]): void {
  const before = readConfig(path);
  const changes = Object.fromEntries(
    Object.entries(options(words)).map(([name, value]) => {
      const key = KEYS[name];
      if (key === undefined) throw new TypeError(`what is --${name}?`);
      return [key, value];
    }),
  );
  const after = withDatabase(before, changes);
  if (after !== before) writeConfig(path, after);
}

function showDatabase(): void {
  const { host, base, user } = readDatabase(readConfig(path));
  process.stdout.write(`${host} ${base} ${user}\n`);
}

const [verb = '', ...words] = process.argv.slice(2);
try {
  if (verb === 'reconfigure') reconfigure(words);
  else if (verb === 'show-db') showDatabase();
  else throw new TypeError('usage: cli.cjs reconfigure --db-host host:port | show-db');
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
