/** `patched`: the text with the database in it is there. `instructions`: what is to be changed by hand, line by line. */
export type AdoptVerdict =
  | 'patched'
  | 'instructions'
  | 'already-dedicated'
  | 'no-database'
  | 'other-engine'
  | 'unreadable';

/** What `dbctl adopt` found and would do, file by file. Plain JSON, stable, never a secret. */
export interface AdoptReport {
  readonly schema: 'dbctl.adopt/1';
  /** `write`: the files with verdict `patched` were written. `undo`: the database part was looked for to take it out. */
  readonly mode: 'show' | 'write' | 'undo';
  readonly files: readonly AdoptedFile[];
}

export interface AdoptedFile {
  readonly path: string;
  readonly verdict: AdoptVerdict;
  /** One sentence; for `instructions` what is in the way. */
  readonly why: string;
  readonly service: string | null;
  readonly found: AdoptFound | null;
  readonly change: AdoptChange | null;
  readonly left: readonly AdoptLeft[];
  /** What the file does not say and the text takes for granted; each says how to choose otherwise. */
  readonly assumed: readonly string[];
  readonly next: readonly string[];
}

export interface AdoptFound {
  readonly job: { readonly id: string; readonly type: string; readonly namespace: string };
  readonly groups: readonly AdoptGroup[];
  readonly servers: readonly {
    readonly group: string;
    readonly task: string;
    readonly engine: string;
    readonly image: string;
    readonly database: string | null;
    readonly role: string | null;
    readonly notes: readonly string[];
  }[];
  readonly clients: readonly AdoptClient[];
}

export interface AdoptGroup {
  readonly name: string;
  readonly count: number;
  readonly network: string;
  readonly tasks: readonly { readonly name: string; readonly driver: string; readonly image: string | null }[];
  /** Volume blocks by label: `host`, `csi`. Bind mounts of a container are not among them. */
  readonly volumes: readonly { readonly label: string; readonly type: string; readonly source: string }[];
}

export interface AdoptClient {
  readonly group: string;
  readonly task: string;
  /** How it is told its database, and by what dbctl knows. */
  readonly app: { readonly preset: string; readonly title: string; readonly by: 'flag' | 'image' | 'keys' | 'values' };
  readonly server: string;
  readonly databases: readonly string[];
  readonly role: string | null;
  readonly settings: readonly {
    readonly key: string;
    readonly role: string;
    readonly place: 'env' | 'template' | 'file';
    readonly line: number;
    /** `Consul service postgres`, `Vault secret/data/app`, `written out`. */
    readonly made: readonly string[];
  }[];
}

export interface AdoptChange {
  readonly placement: 'same-group' | 'own-job';
  readonly address: string;
  readonly reason: string;
  readonly settings: readonly {
    readonly task: string;
    readonly place: string;
    readonly key: string;
    readonly from: string;
    readonly to: string;
  }[];
  /** Unified, for reading: passwords in it are hidden. */
  readonly diff: string;
  /** Further files: a database in a job of its own. */
  readonly files: readonly { readonly path: string; readonly text: string }[];
  readonly written: boolean;
}

/** What is left to a person. `line` and `old` are those of the file as it is now. */
export interface AdoptLeft {
  readonly line: number | null;
  readonly old: string | null;
  readonly new: string | null;
  readonly why: string;
}
