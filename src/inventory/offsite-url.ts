/** An off-site target as rclone knows it; credentials are never part of it. */
export interface OffsiteAddress {
  /** Of its section in rclone.conf, `type` first. */
  readonly options: Readonly<Record<string, string>>;
  /** What stands behind the remote's name: bucket or container and folder, or a path. */
  readonly remotePath: string;
}

/** Text of rclone.conf and of shell files, line by line, and never quoted there. */
const PLAIN = /^[A-Za-z0-9][A-Za-z0-9._:/@+=,~-]*$/;
const KEY = /^[a-z][a-z0-9_]*$/;
/** Options of rclone's backends that are credentials, or run a command. */
const FORBIDDEN =
  /pass|secret|token|credential|key$|key_id$|key_pem|sas_url|auth|bearer|session|_command$|^(?:ssh|type|host|user|port|url)$/;

const KNOWN: readonly string[] = ['s3', 'b2', 'azure', 'sftp', 'webdav', 'webdavs'];
const SHAPES = 's3://, b2://, azure://, sftp://, webdav(s):// or rclone:<type>:<path>';

/** What the URL says, or what is wrong with it in words. */
export const offsiteAddress = (text: string): OffsiteAddress | string => {
  const [address = '', query = '', ...rest] = text.split('?');
  if (rest.length > 0 || /[\s\p{Cc}#]/u.test(text)) return 'an off-site URL has no spaces, no # and one ? at most';
  const options = queryOptions(query);
  if (typeof options === 'string') return options;
  const parts = /^rclone:/.test(address) ? rcloneParts(address) : urlParts(address);
  if (typeof parts === 'string') return parts;
  if (parts.remotePath !== '' && !safePath(parts.remotePath))
    return `the path takes letters, digits and . _ - + = / only`;
  return { options: { ...parts.options, ...options }, remotePath: parts.remotePath };
};

const rcloneParts = (address: string): OffsiteAddress | string => {
  const match = /^rclone:([a-z][a-z0-9]*):(.*)$/.exec(address);
  return match === null
    ? 'expected rclone:<backend type>:<path>'
    : { options: { type: match[1] ?? '' }, remotePath: trimmed(match[2] ?? '') };
};

const urlParts = (address: string): OffsiteAddress | string => {
  const match = /^([a-z0-9]+):\/\/(?:([^/@]*)@)?([^/@:]+)(?::(\d{1,5}))?(?:\/(.*))?$/.exec(address);
  if (match === null || !KNOWN.includes(match[1] ?? '')) return `expected ${SHAPES}`;
  const [, scheme = '', user, host = '', port, path = ''] = match;
  if (user?.includes(':')) return 'credentials do not belong here: keep them in Vault';
  if (![user ?? 'x', host].every((word) => PLAIN.test(word)))
    return 'host and user take letters, digits and . _ - only';
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) return 'expected a port 1-65535';
  return withHost({ scheme, user, host, port, path });
};

interface Parts {
  readonly scheme: string;
  readonly user: string | undefined;
  readonly host: string;
  readonly port: string | undefined;
  readonly path: string;
}

const withHost = (parts: Parts): OffsiteAddress | string => {
  const { scheme, user, host, port, path } = parts;
  if (scheme === 'sftp')
    return {
      options: { type: 'sftp', host, ...(user ? { user } : {}), ...(port ? { port } : {}) },
      // Without the slash it would lie below the home folder of that user.
      remotePath: `/${trimmed(path)}`,
    };
  if (scheme.startsWith('webdav')) return webdav(parts);
  if (user !== undefined) return 'credentials do not belong here: keep them in Vault';
  if (port !== undefined) return 'a bucket has no port: write ?endpoint=…';
  const type = scheme === 'azure' ? 'azureblob' : scheme;
  return { options: { type, ...(type === 's3' ? ONLY_PUT : {}) }, remotePath: trimmed(`${host}/${path}`) };
};

/** Credentials that may put objects and nothing else are enough: no bucket is made, and the whole object is read back anyway. */
const ONLY_PUT = { no_check_bucket: 'true', no_head: 'true' } as const;

const webdav = ({ scheme, user, host, port, path }: Parts): OffsiteAddress => ({
  options: {
    type: 'webdav',
    url: `${scheme === 'webdavs' ? 'https' : 'http'}://${host}${port ? `:${port}` : ''}`,
    ...(user ? { user } : {}),
  },
  remotePath: trimmed(path),
});

const trimmed = (path: string): string => path.replace(/\/+$/, '');

const safePath = (path: string): boolean =>
  /^[A-Za-z0-9._+=/-]+$/.test(path) &&
  !path.split('/').some((part) => part === '..' || part === '.') &&
  !/\/\//.test(path);

const queryOptions = (query: string): Record<string, string> | string => {
  const options: Record<string, string> = {};
  for (const pair of query === '' ? [] : query.split('&')) {
    const [key = '', ...values] = pair.split('=');
    const value = decoded(values.join('='));
    if (!KEY.test(key)) return `${JSON.stringify(key)} is no option of rclone`;
    if (FORBIDDEN.test(key)) return `${key} does not belong here: credentials are kept in Vault`;
    if (Object.hasOwn(options, key)) return `${key} is there twice`;
    if (value === undefined || !PLAIN.test(value))
      return `the value of ${key} takes letters, digits and . _ : / - only`;
    // The address of a store may itself hold a password.
    if (/:\/\/[^/]*@/.test(value)) return 'credentials do not belong here: keep them in Vault';
    options[key] = value;
  }
  return options;
};

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
};
