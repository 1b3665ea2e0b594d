export const DOCTOR_GROUPS = [
  'nomad',
  'vault',
  'consul',
  'inventory',
  'shared',
  'init',
  'databases',
  'secrets',
  'volumes',
  'images',
  'backups',
  'network',
] as const;
export type DoctorGroup = (typeof DOCTOR_GROUPS)[number];

/** A change that loses nothing and can be made twice: what `--fix` may do by itself. Plain data. */
export type Repair =
  | { readonly kind: 'renew-vault-token' }
  | { readonly kind: 'close-tombstone'; readonly database: string; readonly oid: number }
  | { readonly kind: 'purge-job'; readonly job: string }
  | { readonly kind: 'backup'; readonly service: string };

/** Something that is not as it should be. */
export interface DoctorFinding {
  readonly level: 'fail' | 'warn';
  /** The service it is about; `null` when it is about several or none. */
  readonly service: string | null;
  /** What was seen, and where. Never a secret. */
  readonly evidence: string;
  /** The next command, or what to change. */
  readonly fix: string;
  readonly repair?: Repair;
}

/** `unknown`: it could not be looked at, `text` says why. `skipped`: a check that it needs has failed, or could not be looked at. */
export type DoctorStatus = 'ok' | 'warn' | 'fail' | 'unknown' | 'skipped';

export interface DoctorCheck {
  readonly id: string;
  readonly group: DoctorGroup;
  readonly title: string;
  readonly why: string;
  readonly status: DoctorStatus;
  /** What was seen when all is well; why nothing could be seen; the check that is needed. */
  readonly text: string;
  readonly findings: readonly DoctorFinding[];
}

export interface DoctorRepair {
  readonly check: string;
  readonly repair: Repair;
  /** In words, as it was asked for. */
  readonly what: string;
  readonly status: 'done' | 'failed';
  /** Why it failed; what was done otherwise. */
  readonly text: string;
}

/** A server that was asked, and where its address and token came from: a variable, a file, a lab. Never a secret. */
export interface DoctorServer {
  readonly name: 'nomad' | 'vault';
  readonly address: string;
  readonly from: string;
  /** `null`: without a token. */
  readonly token: string | null;
}

/** The end of `dbctl doctor`. Plain JSON, stable, never a secret. */
export interface DoctorReport {
  readonly schema: 'dbctl.doctor/1';
  readonly at: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly seconds: number;
  readonly inventory: string;
  readonly servers: readonly DoctorServer[];
  /** In the order in which they are looked at; after `--fix`, as they were seen again. */
  readonly checks: readonly DoctorCheck[];
  readonly repairs: readonly DoctorRepair[];
  /** 0 ok, 4 something failed, 2 with --strict: something is worth a warning, or could not be looked at. */
  readonly exitCode: 0 | 2 | 4;
}

/** The end of `dbctl doctor --list`. */
export interface DoctorListReport {
  readonly schema: 'dbctl.doctor-list/1';
  readonly checks: readonly {
    readonly id: string;
    readonly group: DoctorGroup;
    readonly title: string;
    readonly why: string;
    readonly needs: readonly string[];
  }[];
}
