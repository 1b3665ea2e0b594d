import type { Loss, WayOut } from '../pipeline/loss.js';

/** `as of 2026-11-20 21:15:35 UTC (2 h ago), with 52110 rows`. */
export const sinceText = ({ since, rows }: WayOut, now: Date): string =>
  `as of ${instant(since)} (${agoText(since, now)})${rows === null ? '' : `, with ${rows} rows`}`;

/** What is known to be missing then. */
export function costText({ since, rows, lastSeen }: Loss, now: Date): string {
  const lost = `everything written since ${instant(since)} is lost`;
  if (lastSeen === null || rows === null) return lost;
  const more = lastSeen.rows - rows;
  // A backup is itself the last count; only rows beyond it tell something.
  if (more === 0 && lastSeen.at === since) return `${lost}; nobody has counted it`;
  const counted = more >= 0 ? `${more} rows more` : `${-more} rows fewer`;
  return `${lost}: ${counted} when last counted, ${agoText(lastSeen.at, now)}, and whatever came after`;
}

const instant = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

/** `2 h ago`; a clock that went back says `now`. */
export function agoText(iso: string, now: Date): string {
  const seconds = Math.round((now.getTime() - Date.parse(iso)) / 1000);
  const [unit, size] = UNITS.find(([, size]) => seconds >= size) ?? ['', 0];
  return size === 0 ? 'now' : `${Math.floor(seconds / size)} ${unit} ago`;
}
