import { type DbctlError, isDbctlError } from '../../errors/dbctl-error.js';
import { EXIT } from '../../errors/exit-codes.js';
import type { VerifyCheck } from '../../report/verify-report.js';

type Id = VerifyCheck['id'];

/** Good unless something was found. */
export const outcome = (
  id: Id,
  database: string | null,
  summary: string,
  findings: readonly string[] = [],
): VerifyCheck => ({ id, database, status: findings.length > 0 ? 'failed' : 'ok', summary, findings });

export const skipped = (id: Id, database: string | null, summary: string): VerifyCheck => ({
  id,
  database,
  status: 'skipped',
  summary,
  findings: [],
});

/**
 * A look that could not be taken is a result too: the others go on. What is unproven or damaged counts as failed,
 * everything else as "could not be asked".
 */
export async function attempt(id: Id, database: string | null, look: () => Promise<VerifyCheck>): Promise<VerifyCheck> {
  try {
    return await look();
  } catch (error) {
    if (!isDbctlError(error) || error.exitCode === EXIT.bug || error.exitCode === EXIT.interrupted) throw error;
    const failed = error.exitCode === EXIT.verificationFailed || isDamage(error);
    const lines = [error.value, ...error.details].filter((line): line is string => line !== undefined && line !== '');
    const summary = `${error.message}${error.where === undefined ? '' : ` (${error.where})`}`;
    return { id, database, status: failed ? 'failed' : 'unavailable', summary, findings: lines.slice(0, 10) };
  }
}

/** The server's own words for pages it cannot read: data_corrupted and index_corrupted. */
const isDamage = ({ code, value }: DbctlError): boolean =>
  code === 'SQL_FAILED' && /^SQLSTATE (?:XX001|XX002)$/.test(value ?? '');
