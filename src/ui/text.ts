import Table from 'cli-table3';
import prettyBytes from 'pretty-bytes';
import prettyMilliseconds from 'pretty-ms';
import type { Style } from './style.js';

const WIDEST = 110;
const NARROWEST = 60;

/** Usable width: lines longer than 110 characters are hard to read. */
export const widthOf = (style: Style): number =>
  Math.max(NARROWEST, Math.min(style.columns > 0 ? style.columns : WIDEST, WIDEST));

export const bytes = (count: number): string => prettyBytes(count);

/** Seconds → `0.42s`, `3.4s`, `1m 12s`. */
export const duration = (seconds: number): string => {
  if (seconds < 0.9995) return `${seconds.toFixed(2)}s`;
  if (seconds < 59.95) return `${seconds.toFixed(1)}s`;
  return prettyMilliseconds(Math.round(seconds) * 1000, { secondsDecimalDigits: 0 });
};

const UNITS = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
] as const;

/** Seconds → `3 d`, `26 h`, `4 min`, `12 s`: whole units, for what is too long to be counted in seconds. */
export const age = (seconds: number): string => {
  const [size, unit] = UNITS.find(([size]) => seconds >= 2 * size) ?? [1, 's'];
  return `${Math.floor(seconds / size)} ${unit}`;
};

/** 52110 → `52 110`; the space is a plain one, so that it can be searched. */
export const grouped = (count: number): string => String(count).replaceAll(/\B(?=(?:\d{3})+$)/g, ' ');

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${grouped(count)} ${count === 1 ? one : many}`;

/** Control characters would let a name from the cluster draw on the terminal; they are shown, not obeyed. */
export const safe = (text: string): string =>
  text.replaceAll(
    /(?![\t\n])[\p{Cc}\p{Bidi_Control}]/gu,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/**
 * The same for whole output, JSON too, where colours are dbctl's own: what a terminal obeys although JSON lets it stand raw
 * (C1 controls, marks that turn the direction of writing). In a JSON string the escape means the same character.
 */
export const shown = (text: string): string =>
  text.replaceAll(
    /[\u007f-\u009f\u2028\u2029\p{Bidi_Control}]/gu,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** A password in a URL is never printed, wherever the URL came from. */
export const masked = (text: string): string => safe(text).replaceAll(/:\/\/[^/@\s]*@/g, '://[secret]@');

/** Breaks text at spaces, never between a number and its unit; every line after the first begins with `indent` spaces. */
export const wrap = (text: string, width: number, indent: number): string => {
  const lines = [''];
  for (const word of text.split(/ (?!(?:[kMGT]?B|MiB|MHz|s|%)(?:[,.;)]|\s|$))/)) {
    const line = lines.at(-1) ?? '';
    const fits = line === '' || line.length + 1 + word.length <= width - indent;
    if (fits) lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
    else lines.push(word);
  }
  return lines.map((line) => line.trimEnd()).join(`\n${' '.repeat(indent)}`);
};

const NO_BORDER = Object.fromEntries(
  [
    'top',
    'top-mid',
    'top-left',
    'top-right',
    'bottom',
    'bottom-mid',
    'bottom-left',
    'bottom-right',
    'left',
    'left-mid',
    'mid',
    'mid-mid',
    'right',
    'right-mid',
  ].map((side) => [side, '']),
);

/** A table without lines, indented by two. `right` marks the columns that hold numbers. */
export const table = (rows: readonly (readonly string[])[], right: readonly boolean[] = []): string => {
  const drawn = new Table({
    chars: { ...NO_BORDER, middle: '   ' },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    colAligns: right.map((isRight) => (isRight ? 'right' : 'left')),
  });
  drawn.push(...rows.map((row) => [...row]));
  return drawn
    .toString()
    .split('\n')
    .map((line) => `  ${line.trimEnd()}`)
    .join('\n');
};

/** `label   text`, the text wrapped under itself. */
export const field = (
  label: string,
  text: string,
  options: { width: number; pad: number; show?: (label: string) => string },
): string => {
  const shown = (options.show ?? ((value: string) => value))(label.padEnd(options.pad));
  return `  ${shown} ${wrap(text, options.width, options.pad + 3)}`;
};
