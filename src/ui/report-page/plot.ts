import type { DrillRecord } from '../../report/backup-catalog.js';
import type { PagePlot, PlotPoint } from '../../report/report-page.js';
import { duration, grouped, plural, safe } from '../text.js';

/** The picture's own units; the margin keeps the points whole at its edges. */
const WIDTH = 320;
const HEIGHT = 80;
const MARGIN = 8;

/** Seconds of each drill over time; the axis begins at zero, so that a slope is not made steeper than it is. */
export function drillPlot(name: string, drills: readonly DrillRecord[]): PagePlot | undefined {
  const timed = drills.flatMap(({ at, status, seconds }) => (seconds === undefined ? [] : [{ at, status, seconds }]));
  const [first] = timed;
  const last = timed.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const high = Math.max(...timed.map(({ seconds }) => seconds));
  const points = timed.map((one): PlotPoint => {
    const good = one.status === 'ok';
    return {
      x: place(Date.parse(one.at), Date.parse(first.at), Date.parse(last.at), MARGIN, WIDTH - MARGIN),
      y: place(one.seconds, 0, high, HEIGHT - MARGIN, MARGIN),
      tone: good ? 'ok' : 'fail',
      title: safe(`${one.at}: ${one.status}, ${duration(one.seconds)}`),
    };
  });
  const failed = timed.filter(({ status }) => status !== 'ok').length;
  return {
    name: safe(name),
    summary: `${plural(timed.length, 'drill')}, ${grouped(failed)} not ok, last ${duration(last.seconds)}`,
    line: points.length === 1 ? '' : points.map(({ x, y }) => `${x},${y}`).join(' '),
    ...{ points, high: duration(high), from: first.at.slice(0, 10), to: last.at.slice(0, 10) },
  };
}

/** `value` between `low` and `high`, as a place between `from` and `to`; in the middle when there is no between. */
function place(value: number, low: number, high: number, from: number, to: number): number {
  const part = high > low ? (value - low) / (high - low) : 0.5;
  return Math.round((from + part * (to - from)) * 10) / 10;
}
