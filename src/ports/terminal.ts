/** Columns and rows of the screen. */
export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

/** The operator's own terminal, or the pipes in its place. */
export interface Terminal {
  /** Whether keys come from a person, and whether text goes to a screen. */
  readonly input: boolean;
  readonly screen: boolean;
  /** As TERM says. */
  readonly kind: string;
  size(): ScreenSize;
  /** Calls `then` after every change of the size; returns what ends that. */
  onResize(then: () => void): () => void;
  /**
   * Hands over what is typed, byte by byte in raw mode when `raw`; Ctrl-C is then a byte like another. `null` is the end of
   * input. Returns what gives the terminal back as it was.
   */
  read(take: (bytes: Buffer | null) => void, options: { readonly raw: boolean }): () => void;
  /** Bytes as they are: nothing is redacted or escaped, since they are not dbctl's own words. Resolves when they may be followed. */
  write(stream: 'stdout' | 'stderr', bytes: Buffer): Promise<void>;
}
