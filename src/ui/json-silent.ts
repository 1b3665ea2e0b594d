import type { Reporter } from '../ports/reporter.js';

/** With `--json --quiet` or in tests: the report alone speaks. */
export const silentReporter = (): Reporter => ({ emit: () => {} });
