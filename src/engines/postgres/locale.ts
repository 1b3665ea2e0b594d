import { sqlLiteral } from '../../shared/quote.js';

/** What a database has to be made with to sort as another one does. */
export interface Locale {
  readonly encoding: string;
  readonly collate: string;
  readonly ctype: string;
  /** `i` = ICU with `locale`, 15 and later; `b` = builtin with `locale`, 17 and later; else libc. */
  readonly provider?: string;
  readonly locale?: string | null;
}

/** The end of a CREATE DATABASE. From template0, the only one that any encoding and locale may be made from. */
export const localeSql = (like: Locale): string =>
  `template template0 encoding ${sqlLiteral(like.encoding)} lc_collate ${sqlLiteral(like.collate)} lc_ctype ${sqlLiteral(like.ctype)}${providerSql(like)}`;

/** What only ICU and the builtin provider add; libc is the default. */
export function providerSql({ provider, locale }: Pick<Locale, 'provider' | 'locale'>): string {
  if (!locale) return '';
  if (provider === 'i') return ` LOCALE_PROVIDER icu ICU_LOCALE ${sqlLiteral(locale)}`;
  return provider === 'b' ? ` LOCALE_PROVIDER builtin BUILTIN_LOCALE ${sqlLiteral(locale)}` : '';
}
