/** The end of `dbctl psql --json`. `exitCode` is psql's own. */
export interface PsqlReport {
  readonly schema: 'dbctl.psql/1';
  readonly service: string;
  readonly job: string;
  readonly database: string;
  /** `null`: as the superuser. */
  readonly role: string | null;
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}
