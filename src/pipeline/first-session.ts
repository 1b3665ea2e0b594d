import { type SessionsSeenRow, sessionsSeenSql } from '../engines/postgres/sessions.js';
import type { SqlTarget } from '../ports/sql.js';
import type { MoveContext } from './context.js';

const SEEN_MS = 20_000;
const POLL_MS = 50;

export interface Watched {
  readonly server: SqlTarget;
  readonly database: string;
  readonly role: string;
}

/** Sessions counted so far, to compare with later; `undefined` before PostgreSQL 14. */
export async function sessionsSoFar(
  ctx: MoveContext,
  { server, database, role }: Watched,
): Promise<SessionsSeenRow | undefined> {
  const [row] = await ctx.sql.run(server, sessionsSeenSql({ database, role }), { signal: ctx.signal });
  return row as SessionsSeenRow | undefined;
}

/**
 * When the app was first seen on a database: a live session of its role, or a counter that grew (apps that hold no
 * connection between requests). `undefined` after 20 s: unproven, which is not the same as failed.
 */
export async function firstSession(
  ctx: MoveContext,
  watched: Watched,
  before: SessionsSeenRow | undefined,
): Promise<string | undefined> {
  const until = ctx.clock.monotonic() + SEEN_MS;
  while (ctx.clock.monotonic() < until) {
    const now = await sessionsSoFar(ctx, watched);
    if (now && (now.ofRole > 0 || (now.sessions ?? 0) > (before?.sessions ?? Number.POSITIVE_INFINITY))) {
      return ctx.clock.now().toISOString();
    }
    await ctx.clock.sleep(POLL_MS, ctx.signal);
  }
  return undefined;
}
