import type { Secret } from '../src/shared/secret.js';
import type { LabService } from './services.js';

/** One line of progress for a person. */
export type Say = (line: string) => void;

/** An app that runs in a lab. */
export interface LabApp {
  readonly service: LabService;
  /** Where it answers: `/health`, `/stats`, `/content`, `/results`, `/dump-tokens`. */
  readonly url: string;
  /** Folder on this machine that holds its ledger files. */
  readonly ledgerDir: string;
}

/** A lab that was brought up. Addresses are reachable from this machine only. */
export interface LabHandle {
  readonly name: string;
  readonly driver: 'exec' | 'docker';
  readonly dir: string;
  /** The pretend operator's repository: dbctl.yaml and jobs/src. */
  readonly home: string;
  readonly nomadAddr: string;
  readonly vaultAddr: string;
  readonly vaultToken: Secret;
  /** Of a lab with Consul. */
  readonly consulAddr?: string;
  readonly bridge: string;
  readonly subnet: string;
  readonly pids: Readonly<Record<string, number>>;
  /** Speedtest's app, which every lab has. */
  readonly appUrl: string;
  readonly ledgerDir: string;
  /** Every app that runs, speedtest's first. */
  readonly apps: readonly LabApp[];
}
