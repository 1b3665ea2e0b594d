/** The end of `dbctl backup deploy-shared`. */
export interface DeploySharedReport {
  readonly schema: 'dbctl.deploy-shared/1';
  /** `unchanged`: it ran from that very text already. */
  readonly status: 'deployed' | 'unchanged';
  readonly job: string;
  readonly node: string | null;
  /** The jobspec, as it was written. */
  readonly jobspec: string;
  readonly volume: string;
  readonly made: readonly string[];
  readonly schedule: string;
  /** First digits of the programs' SHA-256. */
  readonly programs: string;
  /** What copies elsewhere and messages need and could not be put. */
  readonly notes: readonly string[];
}
