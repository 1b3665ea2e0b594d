import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DbctlError } from '../../errors/dbctl-error.js';
import { WHOLE_SESSION } from './guard.js';

/** Found by its package.json, so that src and dist/src see the same templates. */
function packageRoot(from: string): string {
  const parent = dirname(from);
  if (existsSync(join(from, 'package.json')) && existsSync(join(from, 'templates', 'toolbox'))) return from;
  if (parent !== from) return packageRoot(parent);
  throw new DbctlError('INTERNAL', 'the folder templates/toolbox of dbctl was not found');
}

const folder = (): string => join(packageRoot(dirname(fileURLToPath(import.meta.url))), 'templates', 'toolbox');

const read = (name: string): string => readFileSync(join(folder(), name), 'utf8');

export interface ToolboxScript {
  readonly name: string;
  readonly text: string;
}

/**
 * All files of templates/toolbox, sorted by name. Those that a script needs go together into a step's directory, with
 * `job.sh` (its text) and `run.env`; `sh run.sh <directory>` then starts the step.
 */
export const toolboxScripts = (): ToolboxScript[] =>
  readdirSync(folder())
    .sort()
    .map((name) => ({ name, text: read(name) }));

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Those files as they lie on a backup volume in `programs/<sha>`; a jobspec that names the sha can run nothing else. */
export function programs(): { readonly sha: string; readonly files: readonly ToolboxScript[] } {
  const files = toolboxScripts();
  const list = files.map(({ name, text }) => `${sha256(text)}  ${name}\n`).join('');
  return { sha: sha256(list).slice(0, 12), files };
}

/** Prints one row `{"object": …}` for each thing in the database that initdb did not put there, at most 20. */
export const emptyCheckSql = (): string => read('empty.sql');

/**
 * The evidence of the database that the session is in, as one script: the lines that `parseEvidence` reads. Reads all of it
 * in one snapshot and changes nothing; waiting for somebody's lock is bounded (60 s).
 */
export const evidenceSql = (): string =>
  [
    WHOLE_SESSION,
    'begin isolation level repeatable read read only;',
    "set local lock_timeout = '60s';",
    read('evidence.sql').replace(/^\\ir evidence-catalog\.sql$/m, () => read('evidence-catalog.sql')),
    'commit;',
    '',
  ].join('\n');

/** What the scripts that work on one dump read besides themselves; those of backups and their schedule are not among it. */
const OF_A_DUMP: ReadonlySet<string> = new Set([
  'lib.sh',
  'run.sh',
  'holder.sql',
  'session.sql',
  'evidence.sql',
  'evidence-catalog.sql',
  'empty.sql',
]);
const WORK_ON_ONE: ReadonlySet<string> = new Set([
  'dump.sh',
  'restore.sh',
  'evidence.sh',
  'schema-back.sh',
  'check-dump.sh',
  'roles.sh',
]);

/** Of those that `script` needs. Each file costs a task several processes, and a task may have little of the processor. */
export const scriptsFor = (script: string): ToolboxScript[] =>
  WORK_ON_ONE.has(script) ? toolboxScripts().filter(({ name }) => OF_A_DUMP.has(name)) : toolboxScripts();
