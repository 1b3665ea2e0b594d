/** The end of `dbctl completion --json`. */
export interface CompletionDocument {
  readonly schema: 'dbctl.completion/1';
  readonly shell: 'bash' | 'zsh' | 'fish';
  readonly script: string;
}
