/** `path "…" { capabilities = […] }` of a Vault policy; comments are left out. */
interface PolicyPath {
  readonly path: string;
  readonly rights: readonly string[];
}

const pathsOf = (text: string): PolicyPath[] =>
  [...text.replaceAll(/^\s*(?:#|\/\/).*$/gm, '').matchAll(/path\s+"([^"]*)"\s*\{([^}]*(?:\}\}[^}]*)*)\}/g)].map(
    ([, path = '', body = '']) => ({ path, rights: [...body.matchAll(/"([a-z]+)"/g)].map(([, right = '']) => right) }),
  );

/**
 * Whether the policy lets somebody read `path`, or (a folder) something below it. `exactly`: a template such as
 * `{{identity…}}` is somebody's own path and does not count as another's. The most exact path wins, as in Vault.
 */
export function readsAny(text: string, path: string, how: 'below' | 'exactly' = 'below'): boolean {
  const matching = pathsOf(text).filter((one) =>
    how === 'below' ? one.path.startsWith(path) || covers(one.path, `${path}x`) : covers(one.path, path),
  );
  const best = matching.toSorted((a, b) => exactness(b.path) - exactness(a.path));
  if (how === 'below') return matching.some(({ rights }) => rights.includes('read'));
  return best[0]?.rights.includes('read') === true && !best[0].rights.includes('deny');
}

const exactness = (path: string): number => (path.includes('*') || path.includes('+') ? 0 : 1_000) + path.length;

/** `*` at the end is any rest, `+` one segment. */
function covers(pattern: string, path: string): boolean {
  if (pattern.includes('{{')) return false;
  const prefix = pattern.endsWith('*');
  const parts = (prefix ? pattern.slice(0, -1) : pattern).split('/');
  const given = path.split('/');
  if (!prefix && parts.length !== given.length) return false;
  return parts.every((part, at) => {
    const word = given[at] ?? '';
    if (part === '+') return word !== '';
    return prefix && at === parts.length - 1 ? word.startsWith(part) : word === part;
  });
}
