import { DbctlError } from '../errors/dbctl-error.js';
import { forgetBackup, type KnownBackup, knownBackups, recordBackup } from '../pipeline/backups.js';
import type { MoveContext } from '../pipeline/context.js';
import type { Journal } from '../pipeline/journal.js';
import { type JournalHandle, journalToReadOnly } from '../pipeline/journal-store.js';
import { toolboxOf } from '../pipeline/live.js';
import { sourceWayOut } from '../pipeline/loss.js';
import { clearProof, isProving, type Proof, proveByDump } from '../pipeline/proof.js';
import { removeFolder } from '../pipeline/toolbox-run.js';
import { runId } from '../plan/names.js';
import type { ProofRound } from '../report/proof-report.js';
import type { UseCaseDeps } from './deps.js';
import { reported } from './move-report.js';
import { loadPrepared, type PreparedRun, requireService } from './prepared-run.js';
import { proofText } from './proof-text.js';
import { moveRun, type OpenRun, withRun } from './run-move.js';

/** Proofs that have begun and not ended, by their run ids: what they left is cleared by the next one. */
const BEGUN = 'proving';

interface Begun {
  /** To be looked at without the lock. */
  readonly journal: JournalHandle;
  readonly prepared: PreparedRun;
}

/**
 * Proves the way back of one service while its app runs. The service's lock is held only to begin and to write down the
 * result: an operator may take the service over at any time, and then the round is skipped. Never throws.
 */
export async function proveWayBackOnce(deps: UseCaseDeps, service: string): Promise<ProofRound> {
  const at = deps.clock.now().toISOString();
  const round = (status: ProofRound['status'], text: string): ProofRound => ({
    service,
    at,
    status,
    text,
    proof: null,
  });
  try {
    const begun = await begin(deps, service);
    if (begun === undefined) return round('over', 'there is no move that could be undone');
    return { ...round('proven', ''), ...(await proveAndRecord(deps, service, begun)) };
  } catch (error) {
    const known = asKnown(error);
    if (known.code === 'RUN_LOCKED') return round('skipped', known.message);
    return { ...round('failed', `${known.code}: ${known.message}`), error: reported(known) };
  }
}

function asKnown(error: unknown): DbctlError {
  if (error instanceof DbctlError) return error;
  return new DbctlError('INTERNAL', error instanceof Error ? error.message : String(error), { cause: error });
}

/** `undefined` when there is nothing to prove. */
function begin(deps: UseCaseDeps, service: string): Promise<Begun | undefined> {
  requireService(deps, service);
  return withRun(deps, service, async (open) => {
    const journal = open.journal.current;
    if (journal && ['rolling-back', 'finalizing', 'restoring'].includes(journal.phase))
      throw new DbctlError('RUN_LOCKED', `a run is unfinished (${journal.phase})`, { where: `service ${service}` });
    if (journal?.phase !== 'migrated') return undefined;
    const move = await loadPrepared(open, service, journal.run);
    const seen = await journalToReadOnly(deps.nomad, service);
    for (const run of open.journal.fact<string[]>(BEGUN) ?? [])
      await clearLeft(contextOf({ ...open, journal: seen }, { ...move, run }, journal));
    const prepared = { ...move, run: runId(deps.clock.now(), deps.randomBytes(4)) };
    await open.journal.record(BEGUN, [prepared.run]);
    return { journal: seen, prepared };
  });
}

async function clearLeft(ctx: MoveContext): Promise<void> {
  if (await isProving(ctx))
    throw new DbctlError('RUN_LOCKED', 'another proof is under way', { where: `service ${ctx.plan.service}` });
  await clearProof(ctx);
}

/** The proof's own run id for everything it makes, the move's folder for its evidence. */
function contextOf(open: OpenRun, prepared: PreparedRun, journal: Journal): MoveContext {
  const ctx = moveRun(open, prepared).contextFor('prove');
  return { ...ctx, evidenceDir: `${open.deps.home}/migrations-plan/${journal.service}/${journal.run}` };
}

async function proveAndRecord(
  deps: UseCaseDeps,
  service: string,
  { journal: seen, prepared }: Begun,
): Promise<Pick<ProofRound, 'status' | 'text' | 'proof'>> {
  const journal = requireCurrent(seen);
  const open = { deps, journal: seen, signal: deps.signal };
  const ctx = contextOf(open, prepared, journal);
  const began = deps.clock.monotonic();
  const backup = await proveByDump(ctx).catch(async (error: unknown) => {
    if (await isTakenOver(deps, service, journal)) return undefined;
    throw error;
  });
  const seconds = Math.round((deps.clock.monotonic() - began) / 100) / 10;
  const skipped = { status: 'skipped', text: 'somebody took the service over meanwhile', proof: null } as const;
  if (backup === undefined) return skipped;
  const proof = { run: ctx.run, at: backup.at, seconds, rows: backup.rows, movedRows: sourceWayOut(ctx).rows };
  if (await record(deps, journal, ctx, { backup, proof }))
    return { status: 'proven', text: proofText(proof, deps.clock.now()), proof };
  return skipped;
}

function requireCurrent({ current }: JournalHandle): Journal {
  if (current) return current;
  throw new DbctlError('RUN_NOT_FOUND', 'the journal is gone', { next: 'dbctl plan' });
}

/** Its move is not the journal's any more, or is being undone. A journal that cannot be asked says nothing. */
const isTakenOver = (deps: UseCaseDeps, service: string, journal: Journal): Promise<boolean> =>
  withRun(deps, service, async ({ journal: now }) => !isSame(now.current, journal)).catch(
    (error: unknown) => error instanceof DbctlError && error.code === 'RUN_LOCKED',
  );

const isSame = (now: Journal | undefined, then: Journal): boolean => now?.run === then.run && now.phase === 'migrated';

/** Older proofs' dumps go only now, after this one was restored with equal evidence; never the first backup. */
function record(
  deps: UseCaseDeps,
  journal: Journal,
  ctx: MoveContext,
  { backup, proof }: { backup: KnownBackup; proof: Proof },
): Promise<boolean> {
  return withRun(deps, journal.service, async (open) => {
    if (!isSame(open.journal.current, journal)) return false;
    const older = knownBackups(open).filter(({ id }) => id !== 'first-backup');
    await recordBackup(open, backup);
    await open.journal.record('proof', proof);
    await open.journal.record(BEGUN, []);
    const toolbox = await toolboxOf(ctx);
    for (const { id, dumps } of older) {
      for (const { folder } of dumps) await removeFolder(ctx, toolbox, folder);
      await forgetBackup(open, id);
    }
    return true;
  });
}
