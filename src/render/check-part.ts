import { DbctlError } from '../errors/dbctl-error.js';
import type { BackupPart, DatabasePart } from '../plan/types.js';

const SUPPORTED_MAJORS = { from: 13, to: 18 } as const;
const SYSTEM_NAMES: readonly string[] = ['postgres', 'template0', 'template1'];

/** Refuses parts that would render into something unsafe. Throws NAME_UNSAFE or JOBSPEC_UNSUPPORTED. */
export function checkPart(part: DatabasePart): void {
  checkPlace(part);
  const names = part.databases.map(({ name }) => name);
  // What is fetched is checked by the tasks that fetch it.
  const written = part.databases.flatMap(({ name, lookup }) => (lookup === undefined ? [name] : []));
  const role = part.roleLookup === undefined ? part.role : '';
  if (names.length === 0 || new Set(names).size < names.length)
    throw new DbctlError('INTERNAL', 'a part needs databases, each once', { value: names.join(', ') });
  const system = written.find((name) => SYSTEM_NAMES.includes(name));
  if (system !== undefined) unsafe("a service's database cannot be one of the server's own", system);
  if (role === 'postgres' || role.startsWith('pg_')) unsafe("a service's role cannot be one of the server's own", role);
  for (const name of [...written, role]) checkIdentifier(name);
  const { from, to } = SUPPORTED_MAJORS;
  if (part.major < from || part.major > to)
    unsupported(`PostgreSQL ${part.major} is not supported`, `${from} to ${to} are`);
  if (part.backup) checkBackup(part.backup);
}

/** The same of what every job has that works beside a database. */
export function checkPlace(part: Pick<DatabasePart, 'service' | 'driver' | 'image'>): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(part.service))
    unsafe('the service name becomes a folder name', part.service);
  checkDriver(part);
}

/** A saved plan may have been changed by hand: what an INI file or a shell could misread is refused once more. */
function checkBackup({ programs, tools, schedule, zone, offsite, recipients }: BackupPart): void {
  const words = offsite.flatMap(({ name, options, remotePath }) => [
    name,
    remotePath,
    ...Object.entries(options).flat(),
  ]);
  for (const word of [programs, tools, zone, ...recipients, ...words])
    if (!/^[A-Za-z0-9._:/@+=,~-]*$/.test(word)) unsafe('a setting of backups cannot be rendered', JSON.stringify(word));
  if (!/^[0-9*,/ -]+$/.test(schedule)) unsafe('a schedule has five fields of numbers', JSON.stringify(schedule));
}

function checkIdentifier(name: string): void {
  if (Buffer.byteLength(name) > 63) unsafe('PostgreSQL cuts names after 63 bytes', name);
  // pgpass, psql and shell scripts are line-based.
  if (/[\r\n]/.test(name)) unsafe('a name with a line break cannot be rendered', JSON.stringify(name));
}

function checkDriver({ driver, image }: Pick<DatabasePart, 'driver' | 'image'>): void {
  if (driver === 'raw_exec') unsupported('raw_exec cannot mount a volume', 'set `driver: exec` or a container driver');
  const wantsImage = driver === 'docker' || driver === 'podman';
  if (wantsImage !== (image !== undefined)) {
    throw new DbctlError('INTERNAL', `driver ${driver} ${wantsImage ? 'needs an' : 'takes no'} image`);
  }
}

function unsafe(message: string, value: string): never {
  throw new DbctlError('NAME_UNSAFE', message, { value });
}

function unsupported(message: string, next: string): never {
  throw new DbctlError('JOBSPEC_UNSUPPORTED', message, { next });
}
