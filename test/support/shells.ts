import { existsSync } from 'node:fs';

const BUSYBOX = '/usr/bin/busybox';

/** Set by `npm run test:breadth` and `test:all`. */
export const breadth = process.env['DBCTL_BREADTH'] === '1';

/**
 * Shells that the long tests of whole programs run on. Twice everything would be half of CI's time, so the second one, with
 * busybox's own tools, comes with the breadth; short tests of awk programs and of a whole move always have both.
 */
export const LONG_SHELLS: readonly (readonly [string, ...string[]])[] = [
  ['dash'],
  ...(breadth && existsSync(BUSYBOX) ? [['busybox', 'sh'] as const] : []),
];
