/** A backup set with a name: retention leaves it alone, and a new service can be made from it. */
export interface ImageRow {
  readonly name: string;
  /** Whose backup it is. */
  readonly service: string;
  readonly set: string;
  /** When it got its name. */
  readonly created: string;
  readonly engine: 'postgres';
  /** server_version_num; `null` where the catalog does not know the set. */
  readonly version: number | null;
  readonly bytes: number | null;
  readonly databases: readonly string[];
  readonly rows: number | null;
  /** What was committed by then is in it. */
  readonly asOf: string | null;
  /** Runs that read the set now. */
  readonly readBy: readonly string[];
}

/** What only a look into the set tells. */
export interface ImageDetails {
  readonly extensions: readonly string[];
  readonly roles: readonly string[];
  /** Off-site targets that have a copy of it, read back. */
  readonly copies: readonly string[];
}

/** The end of `dbctl image list`, `show`, `create` and `rm`. Plain JSON, stable, never a secret. */
export interface ImageReport {
  readonly schema: 'dbctl.image/1';
  readonly action: 'list' | 'show' | 'create' | 'rm';
  readonly status: 'ok' | 'nothing-to-do';
  readonly images: readonly ImageRow[];
  /** Of the one that is shown. */
  readonly details: ImageDetails | null;
  /** Services whose images could not be read, and why. */
  readonly unseen: readonly { readonly service: string; readonly why: string }[];
}
