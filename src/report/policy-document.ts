/** One policy or role, ready to be applied. Never a secret. */
export interface Policy {
  readonly for: 'nomad' | 'vault' | 'workload' | 'consul';
  readonly name: string;
  /** Who gets it, in a few words. */
  readonly why: string;
  /** Takes the text on stdin. */
  readonly apply: string;
  readonly text: string;
}

export interface PolicyDocument {
  readonly schema: 'dbctl.policy/1';
  readonly policies: readonly Policy[];
}
