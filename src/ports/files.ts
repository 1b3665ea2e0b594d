/** `name`: a relative path inside the archive. */
export interface ArchiveEntry {
  readonly name: string;
  readonly text: string;
}

/** The operator's machine: jobspecs, inventory, evidence, local journal copies. */
export interface FilesPort {
  read(path: string): Promise<string | undefined>;
  /** Write to a temporary name, fsync, rename. `mode` default 0o644; parents are created. */
  write(path: string, text: string, mode?: number): Promise<void>;
  remove(path: string): Promise<void>;
  /** Names in order; what is no folder, or absent, is empty. */
  list(dir: string): Promise<string[]>;
  /** A tar.gz with mode 0600, in one rename. Returns its size in bytes. */
  writeArchive(path: string, entries: readonly ArchiveEntry[]): Promise<number>;
}
