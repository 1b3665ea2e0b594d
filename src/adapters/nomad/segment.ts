/** One path segment of a URL; job ids and names may hold slashes and spaces. */
export const segment = (name: string): string => encodeURIComponent(name);

/** A slash-separated path whose slashes stay. */
export const segments = (path: string): string => path.split('/').map(segment).join('/');
