/** One thing that differs, as both sides print it; `undefined` where a side does not have it. */
export interface Difference {
  readonly key: string;
  readonly source: string | undefined;
  readonly target: string | undefined;
}

const LONGEST = 160;

const short = (text: string): string => {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
};

/** Definitions are lists of facts, joined by `; `: only those that one side alone has are worth a person's time. */
function onlyIn(text: string, other: string): string {
  const rest = other.split('; ');
  const own = text.split('; ').filter((part) => {
    const at = rest.indexOf(part);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
  return short(own.join('; ')) || 'nothing';
}

/** A difference in one line: what, what it was, what it is. `source` is what was recorded. */
export function describeDifference({ key, source, target }: Difference): string {
  if (target === undefined) return `${key} is missing; it was: ${short(source ?? '')}`;
  if (source === undefined) return `${key} is new: ${short(target)}`;
  return `${key}: was ${onlyIn(source, target)}; is ${onlyIn(target, source)}`;
}
