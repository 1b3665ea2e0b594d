/** A string, a quoted name, a word or number, or one sign; white space only separates. */
const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|[\p{L}\p{N}_$]+|\S/gu;

const tokensOf = (text: string): string[] => text.match(TOKEN) ?? [];

const isQualifier = (tokens: readonly string[], at: number): boolean =>
  /^["\p{L}_]/u.test(tokens[at] ?? '') && tokens[at + 1] === '.';

/**
 * True when the two texts are the same but for white space and for names before a dot that only `qualified` has:
 * `SELECT r.id FROM r` and `SELECT id FROM r`. Anything else that either one lacks makes them differ.
 */
export function sameButQualifiers(qualified: string, short: string): boolean {
  const [from, to] = [tokensOf(qualified), tokensOf(short)];
  let [left, right] = [0, 0];
  while (left < from.length) {
    const extra = isQualifier(from, left) && !isQualifier(to, right);
    if (extra) left += 2;
    else if (from[left] === to[right]) [left, right] = [left + 1, right + 1];
    else if (isQualifier(from, left)) left += 2;
    else return false;
  }
  return right === to.length;
}
