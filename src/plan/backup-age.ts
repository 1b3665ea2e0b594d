/** A day, and the time a nightly backup may take longer than the one before. */
export const MAX_AGE_SECONDS = 26 * 3600;
/** A drill a month, and some days to look after it. */
export const MAX_DRILL_AGE_SECONDS = 35 * 86_400;
