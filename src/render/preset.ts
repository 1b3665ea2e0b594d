/** What one key holds: `host` and `port` by themselves, both in one, or a connection string (URI, JDBC or key/value). */
export type SettingForm = 'host' | 'port' | 'host:port' | 'url';

/** What discovery reads from a key. */
export type SettingRole = SettingForm | 'database' | 'user' | 'password';

export interface PresetKey {
  readonly key: string;
  readonly role: SettingRole;
  /** Set on keys the splice rewrites. */
  readonly form?: SettingForm;
  /** The app's own value when the key is absent. */
  readonly default?: string;
  /** Set on keys of a config file that a template makes: `key` is then a dotted path, told apart by its end. */
  readonly inFile?: true;
}

/**
 * How the app's own tool tells and changes the address in a file that the app owns. Words of a command, no shell.
 * `read` prints `host[:port] database user`. In `write`, `{host}`, `{port}` and `{address}` (both) are filled in.
 */
export interface Repoint {
  /** The app's file: absent = not installed yet. Kept once beside itself before it is changed. */
  readonly file?: string;
  readonly read: readonly string[];
  readonly write: readonly string[];
  /** User of the tool, where the task names none. */
  readonly user?: string;
}

/** How an app is told where its database is. */
export interface Preset {
  readonly id: string;
  /** The app that `app:` names, when it has several shapes. Default: the id. */
  readonly app?: string;
  readonly title: string;
  /** Matched against the image without registry, tag and digest. */
  readonly images: readonly RegExp[];
  readonly keys: readonly PresetKey[];
  /** Keys that, when set, win over `keys`: the splice refuses. */
  readonly forbidden: readonly string[];
  /** Keys without which the app would not use PostgreSQL at all. */
  readonly required: readonly { readonly key: string; readonly oneOf: readonly string[] }[];
  /** What else a person has to know before the app moves. */
  readonly trap?: string;
  /** The database's image has to be of that kind. */
  readonly needsImage?: { readonly like: RegExp; readonly why: string; readonly next: string };
  /** Set on apps that own their settings once they are installed. */
  readonly repoint?: Repoint;
}
