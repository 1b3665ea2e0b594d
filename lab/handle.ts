import type { Secret } from '../src/shared/secret.js';

/** One line of progress for a person. */
export type Say = (line: string) => void;

/** A lab that was brought up. Addresses are reachable from this machine only. */
export interface LabHandle {
  readonly name: string;
  readonly dir: string;
  /** The pretend operator's repository: dbctl.yaml and jobs/src. */
  readonly home: string;
  readonly nomadAddr: string;
  readonly vaultAddr: string;
  readonly vaultToken: Secret;
  readonly bridge: string;
  readonly subnet: string;
  readonly pids: Readonly<Record<string, number>>;
  /** Where the app answers: `/health`, `/stats`, `/results`, `/dump-tokens`. */
  readonly appUrl: string;
  /** Folder on this machine that holds the app's ledger files. */
  readonly ledgerDir: string;
}
