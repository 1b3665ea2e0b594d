/** Whose ids those are, by the official images. */
export const DEFAULT_OWNERS: Readonly<Record<number, string>> = {
  70: ' (postgres of alpine images)',
  999: ' (postgres of Debian images)',
};
