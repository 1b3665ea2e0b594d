import { LEFT_TO_RIGHT, PROHIBITED, RIGHT_TO_LEFT, UNASSIGNED } from './saslprep-tables.js';

/** A regular expression for one character of a table. */
const oneOf = (table: string): RegExp => {
  const ranges = table
    .trim()
    .split(/\s+/)
    .map((range) =>
      range
        .split('-')
        .map((code) => `\\u{${code}}`)
        .join('-'),
    );
  return new RegExp(`[${ranges.join('')}]`, 'u');
};

const unassigned = oneOf(UNASSIGNED);
const prohibited = oneOf(PROHIBITED);
const rightToLeft = oneOf(RIGHT_TO_LEFT);
const leftToRight = oneOf(`41-5a 61-7a ${LEFT_TO_RIGHT}`);

/** RFC 4013 2.1: other spaces become a space, and what is "mapped to nothing" (RFC 3454 B.1) goes. */
const mapped = (text: string): string =>
  text
    .replace(/[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/gu, ' ')
    .replace(/\u00ad|\u034f|\u1806|[\u180b-\u180d]|\u200c|\u200d|\u2060|[\ufe00-\ufe0f]|\ufeff/gu, '');

/**
 * SASLprep (RFC 4013) as PostgreSQL does it: plain ASCII stays, and so does a password that SASLprep does not allow, which
 * is no error there (src/common/saslprep.c and its callers). Equality with a server's verifier is tested on a server.
 */
export function saslPrep(password: string): string {
  if (/^\p{ASCII}*$/u.test(password)) return password;
  const input = mapped(password);
  const allowed = input !== '' && !/\p{Cc}/u.test(input) && !prohibited.test(input) && !unassigned.test(input);
  return allowed && directionHolds(input) ? input.normalize('NFKC') : password;
}

/** RFC 3454 section 6: with a right-to-left character nothing runs left to right, and both ends are right-to-left. */
function directionHolds(text: string): boolean {
  if (!rightToLeft.test(text)) return true;
  const chars = [...text];
  return !leftToRight.test(text) && rightToLeft.test(chars[0] ?? '') && rightToLeft.test(chars.at(-1) ?? '');
}
