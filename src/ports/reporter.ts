import type { StepResult } from '../report/report.js';

/** Events of a running pipeline; implementations draw them (ui/), tests record them. */
export type RunEvent =
  | {
      readonly kind: 'run-started';
      readonly title: string;
      readonly run: string;
      readonly steps: readonly { id: string; title: string }[];
    }
  | { readonly kind: 'step-started'; readonly id: string; readonly title: string }
  /** `done`/`total` in bytes when known. */
  | {
      readonly kind: 'step-progress';
      readonly id: string;
      readonly text: string;
      readonly done?: number;
      readonly total?: number;
    }
  | { readonly kind: 'step-finished'; readonly result: StepResult }
  | { readonly kind: 'note'; readonly level: 'info' | 'warn'; readonly text: string }
  | { readonly kind: 'run-finished'; readonly ok: boolean };

export interface Reporter {
  emit(event: RunEvent): void;
}
