import type { Style } from './style.js';

const BARS = '▁▂▃▄▅▆▇█';
const ASCII = '._-=+*#@';

/** One character per value, oldest first, from the smallest to the largest; flat when all are the same. */
export const sparkline = (values: readonly number[], { unicode }: Pick<Style, 'unicode'>): string => {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const marks = unicode ? BARS : ASCII;
  const mark = (value: number): string => {
    const part = high === low ? 0 : (value - low) / (high - low);
    return marks[Math.round(part * (marks.length - 1))] ?? '';
  };
  return values.map(mark).join('');
};
