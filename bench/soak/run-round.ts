import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { auditLedger, type LabHandle } from '../../lab/index.js';
import { packageRoot } from '../../lab/locate.js';

/** What one command and the app's ledger say of one way; seconds. */
export interface Way {
  readonly seconds: number;
  /** From the last write that was possible on the old database to the app's first session on the new one. */
  readonly downtime: number;
}

export interface Round {
  readonly there: Way;
  readonly back: Way;
  /** Acknowledged since the lab came up. */
  readonly acknowledged: number;
  readonly lost: number;
  readonly doubled: number;
  /** Rows that no ledger announced. */
  readonly strangers: number;
}

interface Report {
  readonly status: string;
  readonly downtimeSeconds: number | null;
  readonly error?: { readonly code: string; readonly message: string };
}

/** There and back once, then every acknowledged write is looked for. Throws when a command does not end well. */
export async function runRound(lab: LabHandle, state: string): Promise<Round> {
  const there = await way(lab, state, 'migrate', '--no-rehearse');
  const back = await way(lab, state, 'rollback');
  const { acknowledged, missing, doubled, strangers } = await auditLedger(lab);
  return { there, back, acknowledged, lost: missing.length, doubled: doubled.length, strangers: strangers.length };
}

async function way(lab: LabHandle, state: string, verb: string, ...flags: string[]): Promise<Way> {
  const started = performance.now();
  const report = await dbctl(lab, state, verb, 'speedtest', '--yes', '--confirm', 'speedtest', '--json', ...flags);
  if (report.status !== 'ok' || report.downtimeSeconds === null)
    throw new Error(`${verb} ended ${report.status}: ${report.error?.code ?? ''} ${report.error?.message ?? ''}`);
  return { seconds: (performance.now() - started) / 1000, downtime: report.downtimeSeconds };
}

const dbctl = (lab: LabHandle, state: string, ...args: string[]): Promise<Report> =>
  new Promise((resolve, reject) => {
    const env = { ...process.env, DBCTL_CONFIG: join(lab.home, 'dbctl.yaml'), DBCTL_STATE: state };
    const argv = [join(packageRoot(), 'bin/dbctl.mjs'), ...args];
    execFile(process.execPath, argv, { env, maxBuffer: 1 << 26 }, (error, stdout) => {
      try {
        resolve(JSON.parse(stdout) as Report);
      } catch {
        reject(error ?? new Error(`no document: ${stdout.slice(0, 200)}`));
      }
    });
  });
