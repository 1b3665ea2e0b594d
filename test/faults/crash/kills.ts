import { CLOSING, OPENING } from './boundaries.js';
import type { Kills } from './chain.js';
import type { Hit, Mode, Want } from './killer.js';

/** Once in every row, always so. */
export const inEveryRow =
  (mode: Mode): Kills =>
  (been) =>
  (hit) =>
    hit.mode === mode && !been.some(({ row }) => row === hit.row);

/** A row that never runs out of new effects would never end. */
const MOST = 30;

/** At every effect of every row, one after another. */
export const insideEveryEffect: Kills = (been) => (hit) => {
  const here = been.filter(({ row }) => row === hit.row);
  return hit.mode === 'inside' && here.length < MOST && !here.some(({ what }) => what === hit.what);
};

/** Once in every row; how, and inside of which effect, is drawn. */
export function drawn(draw: () => number): Kills {
  const wishes = new Map<string, { readonly mode: Mode; readonly effect: number }>();
  const wishFor = (row: string) => {
    const wish = wishes.get(row) ?? { mode: modeOf(row, draw()), effect: Math.floor(draw() * 4) };
    wishes.set(row, wish);
    return wish;
  };
  return (been) => {
    const seen = new Set<string>();
    return (hit) => {
      if (been.some(({ row }) => row === hit.row)) return false;
      const wish = wishFor(hit.row);
      // A row with fewer effects than was drawn is still hit once.
      if (hit.mode === 'after') return wish.mode !== 'before';
      if (hit.mode === 'before') return wish.mode === 'before';
      seen.add(`${hit.row} ${hit.what}`);
      const nth = [...seen].filter((key) => key.startsWith(`${hit.row} `)).length - 1;
      // Whoever took the lock and never heard its id has to wait for it: that is for the whole matrix.
      const effect = hit.row === OPENING ? 1 : hit.row === CLOSING ? 0 : wish.effect;
      return wish.mode === 'inside' && nth >= effect;
    };
  };
}

/** Outside of the steps there is no end to be journalled. */
function modeOf(row: string, draw: number): Mode {
  const modes: readonly Mode[] =
    row === OPENING || row === CLOSING ? ['before', 'inside'] : ['before', 'inside', 'after'];
  return modes[Math.floor(draw * modes.length)] ?? 'before';
}

/** First there, then as `next` says in every row of an undo. */
export const thenInUndo =
  (at: Pick<Hit, 'row' | 'mode'>, next: Kills): Kills =>
  (been) => {
    const want = next(been);
    const first = only(at)(been);
    return (hit) => first(hit) || (hit.row.startsWith('undo ') && want(hit));
  };

/** Exactly there, once. */
export const only =
  (at: Pick<Hit, 'row' | 'mode'>): Kills =>
  (been): Want =>
  (hit) =>
    been.length === 0 && hit.row === at.row && hit.mode === at.mode;
