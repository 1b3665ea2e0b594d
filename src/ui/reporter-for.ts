import type { Reporter } from '../ports/reporter.js';
import { silentReporter } from './json-silent.js';
import { linesReporter } from './lines.js';
import type { Style } from './style.js';
import { tasksReporter } from './tasks.js';

export interface ReporterOptions extends Style {
  /** Whole text for stderr. */
  err(text: string): void;
  /** Whether stderr is a terminal. */
  readonly interactive: boolean;
  readonly silent: boolean;
}

/** A spinner on a terminal, plain lines elsewhere, nothing when silent. */
export const reporterFor = (options: ReporterOptions): Reporter => {
  if (options.silent) return silentReporter();
  return options.interactive ? tasksReporter(options, () => performance.now()) : linesReporter(options.err, options);
};
