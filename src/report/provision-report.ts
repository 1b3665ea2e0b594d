import type { ReportedError } from './migrate-report.js';
import type { EvidenceReport, StepResult } from './report.js';

/** Who logged in where with Vault's password, and that a wrong one did not. Never the password. */
export interface LoginProof {
  readonly role: string;
  readonly database: string;
  /** Address and port as the server's own session tells them. */
  readonly server: string;
  readonly port: number;
  readonly client: string;
  readonly version: string;
  readonly verifier: string;
  /** Methods of every rule for TCP. */
  readonly methods: readonly string[];
  /** The server's words when the wrong password came. */
  readonly wrongPassword: string;
}

/** The backup that a new database was filled with, and what got another name. */
export interface FillReport {
  readonly from: string;
  readonly set: string;
  readonly started: string | null;
  /** Name of an off-site target; `null`: the backup volume. */
  readonly offsite: string | null;
  readonly role: { readonly from: string; readonly to: string };
  readonly databases: readonly { readonly from: string; readonly to: string }[];
  /** What came back against what was dumped, before anything was renamed; `null` until then. */
  readonly evidence: EvidenceReport | null;
}

/** The end of a provision. Plain JSON, stable, never a secret. */
export interface ProvisionReport {
  readonly schema: 'dbctl.provision/1';
  readonly service: string;
  readonly run: string | null;
  readonly status: 'planned' | 'blocked' | 'ok' | 'nothing-to-do' | 'failed' | 'undone';
  readonly kind: 'splice' | 'new-app' | 'own-job' | 'shared';
  readonly databases: readonly string[];
  readonly role: string;
  readonly extensions: readonly string[];
  readonly address: string;
  readonly job: string;
  readonly jobspec: string;
  readonly node: string;
  readonly volume: string | null;
  /** `made`: by this run, not found there. */
  readonly secret: { readonly where: string; readonly version: number | null; readonly made: boolean };
  readonly inventory: { readonly path: string; readonly added: boolean };
  /** Absent: the database is new and empty. */
  readonly fill?: FillReport;
  readonly proof: LoginProof | null;
  readonly findings: readonly {
    readonly code: string;
    readonly level: string;
    readonly text: string;
    readonly next?: string;
  }[];
  readonly steps: readonly StepResult[];
  readonly notes: readonly string[];
  readonly next: readonly string[];
  readonly error?: ReportedError;
}
