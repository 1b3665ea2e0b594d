import type { ReportedError } from './migrate-report.js';

/** What `--json` prints when a command could not begin. */
export interface ErrorDocument {
  readonly schema: 'dbctl.error/1';
  readonly error: ReportedError;
}
