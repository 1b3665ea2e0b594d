import { z } from 'zod';
import { databasesSql } from '../../engines/postgres/identity.js';
import { loginRolesSql, sessionCountsSql } from '../../engines/postgres/session-counts.js';
import { doorsOf } from '../../plan/discover/doors.js';
import { ENGINES } from '../../plan/discover/engines.js';
import { type FoundServer, taskAt } from '../../plan/discover/looks.js';
import type { ServerAnswer, ServerLook, Spot } from '../../plan/discover/types.js';
import type { NomadJob } from '../../ports/nomad.js';
import type { SqlPort, SqlTarget } from '../../ports/sql.js';
import { PRINT_FOLDERS } from '../facts/ask-scripts.js';
import { readingSql } from '../facts/reading-sql.js';
import { identityRow, readRows } from '../facts/source-rows.js';
import { type AskDeps, answerOf, askKeys, spotOf } from './ask-keys.js';
import { reasonOf } from './gaps.js';

export interface ServerDeps extends AskDeps {
  readonly sql: SqlPort;
}

/** What one server is told, and what it says itself. Never throws for a server that cannot be asked. */
export async function lookAtServer(
  deps: ServerDeps,
  jobs: readonly NomadJob[],
  spots: readonly Spot[],
  server: FoundServer,
): Promise<ServerLook> {
  const { job, group, task: name, engine } = server;
  const task = taskAt(jobs, server);
  const spot = spotOf(spots, server);
  const place = { job, group, task: name };
  if (task === undefined || spot === undefined)
    return {
      ...place,
      settings: { values: new Map(), unreadable: 'it does not run' },
      answer: null,
      silent: 'it does not run',
    };
  const settings = await askKeys(deps, spot, task, server.keys);
  if (engine === 'mongodb') return { ...place, settings, answer: null, silent: 'it lists nothing without a password' };
  if (engine !== 'postgresql') return { ...place, settings, ...(await folders(deps, spot, server)) };
  const targets = doorsOf(engine, task, settings, spot).map((door) => ({
    ...{ allocId: spot.allocId, task: name, database: 'postgres' },
    ...door,
  }));
  return { ...place, settings, ...(await firstAnswer(deps, targets)) };
}

type Answered = Pick<ServerLook, 'answer' | 'silent'>;

/** Through the first door that opens; else why the first one did not. */
async function firstAnswer(deps: ServerDeps, targets: readonly SqlTarget[]): Promise<Answered> {
  let first: Answered | undefined;
  for (const target of targets) {
    const answered = await asked(deps, target);
    if (answered.answer !== null) return answered;
    first ??= answered;
  }
  return first ?? { answer: null, silent: 'nothing says how to ask it' };
}

async function asked({ sql, signal }: ServerDeps, target: SqlTarget): Promise<Answered> {
  try {
    return { answer: await answerOfSql(readingSql(sql), target, signal), silent: null };
  } catch (error) {
    return { answer: null, silent: reasonOf(error) };
  }
}

const sessionRow = z.object({
  database: z.string(),
  role: z.string(),
  client: z.string().nullable(),
  count: z.number(),
});
const nameRow = z.object({ name: z.string() });

async function answerOfSql(sql: SqlPort, target: SqlTarget, signal: AbortSignal): Promise<ServerAnswer> {
  const run = (script: string): Promise<unknown[]> => sql.run(target, script, { signal });
  const databases = readRows(identityRow, await run(databasesSql()), 'databases');
  const sessions = readRows(sessionRow, await run(sessionCountsSql()), 'sessions');
  const roles = readRows(nameRow, await run(loginRolesSql()), 'roles');
  return {
    systemIdentifier: databases[0]?.systemIdentifier ?? null,
    version: databases[0]?.serverVersion ?? null,
    databases: databases.map(({ datname, owner, sizeBytes, allowConn }) => ({
      name: datname,
      owner,
      sizeBytes,
      open: allowConn,
    })),
    roles: roles.map(({ name }) => name),
    sessions: sessions.map(({ client, ...row }) => ({ ...row, address: client ?? '' })),
  };
}

/** MySQL and MariaDB keep a folder for every database: its name is the database's, with `@` and four hex digits for others than letters. */
async function folders(deps: AskDeps, spot: Spot, { task, engine }: FoundServer): Promise<Answered> {
  const answer = await answerOf(deps, spot, task, PRINT_FOLDERS, []);
  if ('unreadable' in answer) return { answer: null, silent: answer.unreadable };
  if (!answer.lines.includes('mysql')) return { answer: null, silent: 'its data folder cannot be read' };
  const names = answer.lines.map(decoded).filter((name) => !IGNORED.test(name) && !ENGINES[engine].own.includes(name));
  const databases = names.map((name) => ({ name, owner: '', sizeBytes: 0, open: true }));
  return { answer: { systemIdentifier: null, version: null, databases, roles: [], sessions: [] }, silent: null };
}

const IGNORED = /^(?:#.*|lost\+found|\*|)$/;

const decoded = (folder: string): string =>
  folder.replaceAll(/@([0-9a-f]{4})/gi, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)));
