/** One finished step. `evidence` is plain JSON: numbers, hashes, names; never a secret. */
export interface StepResult {
  readonly id: string;
  readonly title: string;
  readonly status: 'ok' | 'skipped' | 'failed' | 'undone';
  readonly seconds: number;
  /** One line for people: what was seen or done. */
  readonly summary: string;
  readonly evidence: Readonly<Record<string, unknown>>;
}

export interface TableEvidence {
  readonly name: string;
  readonly rows: number;
  readonly digest: string;
  readonly match: boolean;
}

/** Of one database. */
export interface EvidenceComparison {
  readonly match: boolean;
  readonly tables: readonly TableEvidence[];
  readonly sequences: { readonly count: number; readonly match: boolean };
  readonly largeObjects: { readonly count: number; readonly bytes: number; readonly match: boolean };
  /** One line per difference: `- index public.a_idx …` (only source), `+ …` (only target). */
  readonly catalogDiff: readonly string[];
}

export interface DatabaseEvidence extends EvidenceComparison {
  readonly database: string;
}

/** Of every database of the service, the main one first. */
export interface EvidenceReport {
  readonly match: boolean;
  readonly databases: readonly DatabaseEvidence[];
}
