/** What a connection string says; `null` where it is silent. */
export interface ConnectionFacts {
  readonly host: string | null;
  readonly port: string | null;
  readonly database: string | null;
  readonly user: string | null;
}

const NOTHING: ConnectionFacts = { host: null, port: null, database: null, user: null };

/**
 * Reads a URI, a JDBC URL, a libpq key/value string or a Go driver's `user:…@tcp(host:port)/name`. A password in it is not
 * looked at, and a text that could be read in two ways says nothing: what is taken for a name might be a piece of it.
 */
export const readConnection = (text: string): ConnectionFacts => {
  const plain = text.trim().replace(/^(["'])(.*)\1$/s, '$2');
  const uri = /^(?:jdbc:)?[a-z][a-z0-9+.-]*:\/\/([^/?#]*)(?:\/([^?#]*))?/i.exec(plain);
  if (uri !== null)
    return plain.slice((uri[0] ?? '').length - (uri[2] ?? '').length).includes('@')
      ? NOTHING
      : readUri(uri[1] ?? '', uri[2] ?? '');
  const driver = /^([^:@/]+)(?::.*)?@tcp\(([^()@]*)\)\/([^?@]*)(?:\?[^@]*)?$/.exec(plain);
  return driver === null ? readWords(plain) : readUri(`${driver[1]}@${driver[2]}`, driver[3] ?? '');
};

/** Of a URI or a JDBC URL, in small letters: `postgresql+asyncpg://…` is `postgresql`; `null` for other texts. */
export const schemeOf = (text: string): string | null =>
  /^["']?(?:jdbc:)?([a-z][a-z0-9]*)(?:\+[a-z0-9.+-]+)?:\/\//i.exec(text.trim())?.[1]?.toLowerCase() ?? null;

const readUri = (authority: string, path: string): ConnectionFacts => {
  const at = authority.lastIndexOf('@');
  const user = at === -1 ? null : decoded(authority.slice(0, at).split(':')[0] ?? '');
  // Several hosts are copies of one database; the first stands for all.
  const [host, port] = splitHostPort(authority.slice(at + 1).split(',')[0] ?? '');
  // libpq: a string without a database means the one named as the user.
  return { host, port, user, database: decoded(path) ?? user };
};

const readWords = (text: string): ConnectionFacts => {
  const words = new Map(
    [...text.matchAll(/(?:^|\s)(host|port|dbname|user)\s*=\s*(?:'([^'\\]*)'|([^\s'\\]+))(?=\s|$)/g)].map((match) => [
      match[1] ?? '',
      match[2] ?? match[3] ?? '',
    ]),
  );
  const wordOf = (name: string): string | null => words.get(name) || null;
  if (words.size === 0) return NOTHING;
  return {
    host: wordOf('host'),
    port: wordOf('port'),
    user: wordOf('user'),
    database: wordOf('dbname') ?? wordOf('user'),
  };
};

const decoded = (text: string): string | null => {
  if (text === '') return null;
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
};

/** `db.home:5432` and `[::1]:5432`. */
export const splitHostPort = (text: string | null): [string | null, string | null] => {
  const match = /^(?:\[([^\]]+)\]|([^:]*))(?::(\d+))?$/.exec(text ?? '');
  return match === null ? [text, null] : [match[1] ?? (match[2] || null), match[3] ?? null];
};
