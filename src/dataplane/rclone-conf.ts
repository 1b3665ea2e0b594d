import { DbctlError } from '../errors/dbctl-error.js';
import { Secret } from '../shared/secret.js';

/** The one section of a throwaway rclone.conf. */
export const SECTION = 'offsite1';

/**
 * The text of an rclone.conf with one section: what the inventory says, then what Vault says. A secret, and only ever a 0600 file.
 * Throws NAME_UNSAFE for a key or a value that an INI file cannot hold.
 */
export function rcloneConf(
  options: Readonly<Record<string, string>>,
  secrets: Readonly<Record<string, Secret>>,
): Secret {
  const known = Object.entries(options).map(([key, value]) => line(key, value));
  return new Secret(`[${SECTION}]\n${known.join('')}${rcloneLines(secrets).reveal()}`);
}

/** What Vault says of a target, line by line, in the order of its keys. Throws NAME_UNSAFE as `rcloneConf` does. */
export const rcloneLines = (secrets: Readonly<Record<string, Secret>>): Secret =>
  new Secret(
    Object.entries(secrets)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => line(key, value.reveal()))
      .join(''),
  );

function line(key: string, value: string): string {
  if (/^[a-z0-9_]+$/.test(key) && !/[\r\n\0]/.test(value)) return `${key} = ${value}\n`;
  throw new DbctlError('NAME_UNSAFE', 'a setting of an off-site target cannot be written into rclone.conf', {
    where: `key ${JSON.stringify(key)}`,
    next: 'keys are small letters, digits and _; values are one line',
  });
}
