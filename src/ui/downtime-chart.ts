import type { DowntimePart } from '../report/migrate-report.js';
import { paint, type Style, symbols } from './style.js';
import { duration, widthOf } from './text.js';

/** The parts under each other, each bar beginning where the one before ended. */
export const downtimeChart = (parts: readonly DowntimePart[], style: Style): string => {
  const total = parts.reduce((sum, part) => sum + part.seconds, 0);
  const label = Math.max(0, ...parts.map(({ title }) => title.length));
  const width = Math.max(10, Math.min(48, widthOf(style) - label - 16));
  let before = 0;
  return parts
    .map((part) => {
      const bar = barText(before, part.seconds, total, width, style);
      before += part.seconds;
      return `  ${part.title.padEnd(label)}  ${bar}  ${duration(part.seconds).padStart(7)}`;
    })
    .join('\n');
};

/** Every part that took time shows at least one mark. */
export const barText = (before: number, seconds: number, total: number, width: number, style: Style): string => {
  const { bar, track } = symbols(style);
  const colour = paint(style);
  if (total <= 0) return colour.dim(track.repeat(width));
  const length = seconds === 0 ? 0 : Math.max(1, Math.round((seconds / total) * width));
  const start = Math.min(Math.round((before / total) * width), width - length);
  return (
    colour.dim(track.repeat(start)) + colour.cyan(bar.repeat(length)) + colour.dim(track.repeat(width - start - length))
  );
};
