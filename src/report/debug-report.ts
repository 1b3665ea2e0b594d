/** The end of `dbctl debug`. */
export interface DebugReport {
  readonly schema: 'dbctl.debug/1';
  readonly file: string;
  /** Of the archive. */
  readonly bytes: number;
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
  /** What could not be read; its file holds the error. */
  readonly missing: readonly string[];
}
