import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DbctlError } from '../src/errors/dbctl-error.js';
import { appApi } from './app-client.js';
import type { LedgerLine } from './apps/shared/writer.js';
import type { LabApp, LabHandle } from './handle.js';
import type { LabService } from './services.js';

/** A pause between two acknowledged writes that follow each other. */
export interface AckGap {
  readonly seconds: number;
  /** ISO time of the last acknowledged write before the pause. */
  readonly lastAckBefore: string;
  /** ISO time of the first acknowledged write after it. */
  readonly firstAckAfter: string;
}

export interface LedgerAudit {
  /** Writes that the database confirmed to the app. */
  readonly acknowledged: number;
  /** Acknowledged tokens that no row carries: lost. */
  readonly missing: readonly string[];
  /** Tokens that more than one row carries. */
  readonly doubled: readonly string[];
  /** Attempts that were neither confirmed nor are in the ledger as confirmed: either outcome is right. */
  readonly unknownOutcome: number;
  /** Of those, how many are rows. */
  readonly unknownButThere: number;
  /** Tokens of rows that the ledger never announced. */
  readonly strangers: readonly string[];
  readonly rowsInDatabase: number;
  /** Pauses, longest first, at most twenty: the longest always, others only from a quarter of a second on. */
  readonly gaps: readonly AckGap[];
}

/** Seconds; the app writes every 0.1 s, so shorter pauses are its ordinary pace. */
const WORTH_TELLING = 0.25;

/** A line that the app's end cut short is dropped: it can only be the last one of a start. */
export function parseLedger(text: string): LedgerLine[] {
  return text.split('\n').flatMap((line) => {
    if (!line.startsWith('{') || !line.endsWith('}')) return [];
    return [JSON.parse(line) as LedgerLine];
  });
}

export function longestGaps(ackTimes: readonly string[], most = 20): AckGap[] {
  const times = [...ackTimes].sort();
  const gaps = times.slice(1).map((firstAckAfter, index) => {
    const lastAckBefore = times[index] ?? firstAckAfter;
    return { seconds: (Date.parse(firstAckAfter) - Date.parse(lastAckBefore)) / 1000, lastAckBefore, firstAckAfter };
  });
  return gaps
    .sort((a, b) => b.seconds - a.seconds)
    .filter(({ seconds }, rank) => rank === 0 || seconds >= WORTH_TELLING)
    .slice(0, most);
}

/** Compares what the app was promised with what the database holds. Ledger first, rows second, in that order of reading. */
export function compareLedger(ledger: readonly LedgerLine[], rows: readonly string[]): LedgerAudit {
  const acks = ledger.filter(({ kind }) => kind === 'ack');
  const acked = new Set(acks.map(({ token }) => token));
  const announced = new Set(ledger.map(({ token }) => token));
  const seen = new Set<string>();
  const doubled = new Set<string>();
  for (const token of rows) (seen.has(token) ? doubled : seen).add(token);
  const unknown = [...announced].filter((token) => !acked.has(token));
  return {
    acknowledged: acked.size,
    missing: [...acked].filter((token) => !seen.has(token)),
    doubled: [...doubled],
    unknownOutcome: unknown.length,
    unknownButThere: unknown.filter((token) => seen.has(token)).length,
    strangers: [...seen].filter((token) => !announced.has(token)),
    rowsInDatabase: rows.length,
    gaps: longestGaps(acks.map(({ ts }) => ts)),
  };
}

const ledgerNames = async (dir: string): Promise<string[]> =>
  (await readdir(dir)).filter((name) => name.endsWith('.jsonl')).sort();

/** Of all writing tasks, one file each. */
export async function readLedger(dir: string): Promise<LedgerLine[]> {
  const texts = await Promise.all((await ledgerNames(dir)).map((name) => readFile(join(dir, name), 'utf8')));
  return texts.flatMap(parseLedger);
}

/** ISO time of each writing task's last acknowledged write; tasks that never wrote are left out. */
export async function lastWrites(dir: string): Promise<string[]> {
  const texts = await Promise.all((await ledgerNames(dir)).map((name) => readFile(join(dir, name), 'utf8')));
  const lasts = texts.map((text) => parseLedger(text).findLast(({ kind }) => kind === 'ack')?.ts);
  return lasts.filter((ts) => ts !== undefined);
}

/** Throws LAB_STATE for a service whose app does not run in this lab. */
export function appOf({ name, apps }: LabHandle, service: LabService): LabApp {
  const app = apps.find((one) => one.service === service);
  if (app !== undefined) return app;
  throw new DbctlError('LAB_STATE', `lab ${name} has no app of this service`, {
    value: service,
    next: 'dbctl lab down, then dbctl lab up --all',
  });
}

/** The first line of `/dump-tokens` says how many follow. Throws LAB_STATE when the answer was cut. */
export function parseTokens(text: string): string[] {
  const [count, ...tokens] = text.trimEnd().split('\n');
  if (Number(count) === tokens.length) return tokens;
  throw new DbctlError('LAB_STATE', "the app's list of tokens is not whole", { value: `${tokens.length} of ${count}` });
}

/**
 * Checks every acknowledged write of the app against the database that it uses now. Reads the ledger on both sides of
 * the rows: what was acknowledged before the rows were read must be there, and no row may be older than its intent.
 */
export async function auditLedger(handle: LabHandle, service: LabService = 'speedtest'): Promise<LedgerAudit> {
  const { url, ledgerDir } = appOf(handle, service);
  const before = await readLedger(ledgerDir);
  const rows = parseTokens(await appApi(url).call<string>('get', '/dump-tokens'));
  const announcedMeanwhile = new Set((await readLedger(ledgerDir)).map(({ token }) => token));
  const audit = compareLedger(before, rows);
  return { ...audit, strangers: audit.strangers.filter((token) => !announcedMeanwhile.has(token)) };
}
