import { silentReporter } from './json-silent.js';
import { linesReporter } from './lines.js';
import type { Style } from './style.js';
import { type TasksReporter, tasksReporter } from './tasks.js';

export interface ReporterOptions extends Style {
  /** Whole text for stderr. */
  err(text: string): void;
  /** Whether stderr is a terminal. */
  readonly interactive: boolean;
  readonly silent: boolean;
}

/** A spinner on a terminal, plain lines elsewhere, nothing when silent. Await `settled()` before printing the report. */
export const reporterFor = (options: ReporterOptions): TasksReporter => {
  if (!options.silent && options.interactive) return tasksReporter(options, () => performance.now());
  const plain = options.silent ? silentReporter() : linesReporter(options.err, options);
  return { ...plain, settled: () => Promise.resolve() };
};
