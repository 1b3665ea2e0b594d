import type { DatabasePart } from './types.js';

/** What the times of a rehearsal depend on, in words: another driver, image, network or placement is another measurement. */
export const partShape = ({ driver, image, major, network, placement }: DatabasePart): string =>
  [driver, image ?? `PostgreSQL ${major}`, network, placement].join(', ');
