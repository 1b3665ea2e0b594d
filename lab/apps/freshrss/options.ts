/** `--name value` pairs; a word that is none of them is refused. */
export function options(words: readonly string[]): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (let at = 0; at < words.length; at += 2) {
    const [name = '', value] = [words[at], words[at + 1]];
    if (!name.startsWith('--') || value === undefined) throw new TypeError(`what is ${name}?`);
    found[name.slice(2)] = value;
  }
  return found;
}
