/** The end of `dbctl decommission`. Plain JSON, never a secret. */
export interface DecommissionReport {
  readonly schema: 'dbctl.decommission/1';
  readonly status: 'ok' | 'nothing-to-do';
  readonly job: string;
  /** Conditions that were looked at and hold. */
  readonly held: readonly string[];
  /** What dbctl leaves as it is, and how to remove it by hand. */
  readonly left: readonly { readonly what: string; readonly remove: string }[];
}
