import pc from 'picocolors';

/** What the terminal can show. Decided once by the composition root. */
export interface Style {
  readonly colour: boolean;
  readonly unicode: boolean;
  /** Width in characters; 0 when unknown. */
  readonly columns: number;
}

export interface StyleInput {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `--color` or `--no-color`; `undefined` = not given. */
  readonly colorFlag: boolean | undefined;
  readonly isTTY: boolean;
  readonly columns: number | undefined;
}

/** NO_COLOR > --color > FORCE_COLOR > terminal. Unicode only where the locale says UTF-8. */
export const styleFrom = ({ env, colorFlag, isTTY, columns }: StyleInput): Style => ({
  colour: colourFrom(env, colorFlag, isTTY),
  unicode: /utf-?8/i.test(env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || ''),
  columns: columns ?? 0,
});

const colourFrom = (env: StyleInput['env'], flag: boolean | undefined, isTTY: boolean): boolean => {
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  if (flag !== undefined) return flag;
  const forced = env['FORCE_COLOR'] ?? '';
  if (forced !== '') return forced !== '0';
  return isTTY && env['TERM'] !== 'dumb';
};

export type Paint = ReturnType<typeof pc.createColors>;

export const paint = (style: Style): Paint => pc.createColors(style.colour);

export interface Symbols {
  readonly arrow: string;
  readonly dot: string;
  readonly ellipsis: string;
  readonly bar: string;
  readonly track: string;
  readonly dash: string;
}

export const symbols = (style: Style): Symbols =>
  style.unicode
    ? { arrow: '→', dot: '·', ellipsis: '…', bar: '█', track: '·', dash: '–' }
    : { arrow: '->', dot: '-', ellipsis: '...', bar: '#', track: '.', dash: '-' };
