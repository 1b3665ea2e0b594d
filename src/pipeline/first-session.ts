import { type SessionsSeenRow, sessionsSeenSql } from '../engines/postgres/sessions.js';
import type { SqlTarget } from '../ports/sql.js';
import { together } from '../shared/together.js';
import type { MoveContext } from './context.js';
import { entryFor } from './recorded.js';

const SEEN_MS = 20_000;
const POLL_MS = 50;

type SqlContext = Pick<MoveContext, 'sql' | 'clock' | 'signal'>;

export interface Watched {
  readonly server: SqlTarget;
  readonly database: string;
  readonly role: string;
}

/** Sessions counted so far, to compare with later; `undefined` before PostgreSQL 14. */
export async function sessionsSoFar(
  ctx: SqlContext,
  { server, database, role }: Watched,
): Promise<SessionsSeenRow | undefined> {
  const [row] = await ctx.sql.run(server, sessionsSeenSql({ database, role }), { signal: ctx.signal });
  return row as SessionsSeenRow | undefined;
}

export interface SessionsBefore {
  readonly database: string;
  readonly before: SessionsSeenRow | null;
}

/** The same of every database of the service, to be journalled. */
export function sessionsOfAll(ctx: MoveContext, server: SqlTarget): Promise<SessionsBefore[]> {
  const { databases, role } = ctx.plan.source;
  const read = async ({ name: database }: { name: string }): Promise<SessionsBefore> => ({
    database,
    before: (await sessionsSoFar(ctx, { server, database, role })) ?? null,
  });
  return together(databases.map(read));
}

/** Databases that no session of the app was seen on since those readings. An app may come to some of them much later. */
export async function notSeenOn(
  ctx: MoveContext,
  server: SqlTarget,
  readings: readonly SessionsBefore[],
): Promise<string[]> {
  const now = await sessionsOfAll(ctx, server);
  return readings
    .filter(({ database, before }) => !isSeen(entryFor(now, database).before, before))
    .map(({ database }) => database);
}

const isSeen = (now: SessionsSeenRow | null, before: SessionsSeenRow | null): boolean =>
  now !== null && (now.ofRole > 0 || (now.sessions ?? 0) > (before?.sessions ?? Number.POSITIVE_INFINITY));

/**
 * When the app was first seen on a database: a live session of its role, or a counter that grew (apps that hold no
 * connection between requests). `undefined` after 20 s: unproven, which is not the same as failed.
 */
export async function firstSession(
  ctx: SqlContext,
  watched: Watched,
  before: SessionsSeenRow | null,
): Promise<string | undefined> {
  const until = ctx.clock.monotonic() + SEEN_MS;
  while (ctx.clock.monotonic() < until) {
    const now = await sessionsSoFar(ctx, watched);
    if (isSeen(now ?? null, before)) return ctx.clock.now().toISOString();
    await ctx.clock.sleep(POLL_MS, ctx.signal);
  }
  return undefined;
}
