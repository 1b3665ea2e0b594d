/** `written`: the server counted writes since the move. `unproven`: it differs, and nothing tells whether the app did it. */
export type TableStatus = 'equal' | 'written' | 'unproven' | 'differs';

/** One table of a moved database: the rows of the move, the rows now, and the writes that were counted between. */
export interface VerifiedTable {
  readonly table: string;
  readonly rowsThen: number;
  /** `null`: the table is gone. */
  readonly rowsNow: number | null;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  readonly status: TableStatus;
  readonly why: string | null;
}

/** `skipped`: there is nothing to look at, or no way to; `summary` says why. `unavailable`: who had to answer did not. */
export type CheckStatus = 'ok' | 'failed' | 'skipped' | 'unavailable';

/** One thing that was looked at. `findings`: one line for each difference or defect, in words. */
export interface VerifyCheck {
  readonly id:
    | 'identity'
    | 'content'
    | 'sequences'
    | 'large-objects'
    | 'catalog'
    | 'settings'
    | 'unique'
    | 'indexes'
    | 'pages'
    | 'encoding'
    | 'old-source'
    | 'dump'
    | 'password';
  /** `null` for what belongs to no single database. */
  readonly database: string | null;
  readonly status: CheckStatus;
  readonly summary: string;
  readonly findings: readonly string[];
}

/** The end of `dbctl verify`. Plain JSON, stable, never a secret. */
export interface VerifyReport {
  readonly schema: 'dbctl.verify/1';
  readonly service: string;
  /** The run that moved it; `null` when it was not moved. */
  readonly run: string | null;
  /** Where the service's data lives now. */
  readonly on: 'dedicated' | 'shared';
  readonly job: string;
  readonly status: 'ok' | 'failed' | 'unavailable';
  readonly seconds: number;
  readonly checks: readonly VerifyCheck[];
  /** Of a moved service only. */
  readonly tables: readonly (VerifiedTable & { readonly database: string })[];
  readonly notes: readonly string[];
  readonly exitCode: number;
}
