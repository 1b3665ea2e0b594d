import type { DatabasePart } from '../../plan/types.js';
import { isFetched, originText, type SeenClient, type SeenName } from '../../render/index.js';
import type { AdoptLeft } from '../../report/adopt-report.js';
import type { AdoptInput } from './adopt-file.js';
import type { AskedName, Names } from './names.js';
import { filledFirst } from './read-file.js';
import { differentServers } from './shared-names.js';
import { tlsRefusal } from './tls.js';

const POSTGRES_PORT = 5432;

export interface Refusal {
  readonly why: string;
  readonly next: readonly string[];
  /** Why a line has to change. */
  readonly line?: string;
  /** More lines that a person has to change. */
  readonly lines?: readonly AdoptLeft[];
  /** The new address is not one of this file. */
  readonly elsewhere?: true;
  /** What the operator may say to make it whole. */
  readonly asks?: readonly AskedName[];
}

/** What keeps a file from being patched at all, before anything is tried. */
export const refusalOf = (
  input: AdoptInput,
  clients: readonly SeenClient[],
  names: Names,
  part: DatabasePart,
): Refusal | undefined =>
  fileRefusal(input, clients, names) ?? portRefusal(clients, part) ?? imageRefusal(clients, part);

function fileRefusal(input: AdoptInput, clients: readonly SeenClient[], names: Names): Refusal | undefined {
  const again = `dbctl adopt ${input.path}`;
  return (
    filledElsewhere(input) ??
    runsAtTimes(input) ??
    severalServers(input, clients, again) ??
    valueElsewhere(input, clients) ??
    loginMadeByVault(clients) ??
    roleRefusal(input, clients, again) ??
    tlsRefusal(clients, again) ??
    nameRefusal(names, again)
  );
}

function filledElsewhere({ text, path }: AdoptInput): Refusal | undefined {
  const filled = filledFirst(text, path);
  return filled === ''
    ? undefined
    : {
        why: `${filled}, and would read the database part too`,
        next: ['adopt the file that Nomad gets, or change these lines by hand'],
      };
}

function runsAtTimes({ read: { job } }: AdoptInput): Refusal | undefined {
  const atTimes = job.Type === 'batch' || job.Type === 'sysbatch' || job.Periodic !== undefined;
  if (!atTimes && job['ParameterizedJob'] === undefined) return undefined;
  return {
    why: 'the job runs only at times: it has no lasting group for a database',
    elsewhere: true,
    line: 'follows its database, when that moves',
    next: ['change these lines when the database that it works on moves'],
  };
}

function severalServers({ from }: AdoptInput, clients: readonly SeenClient[], again: string): Refusal | undefined {
  const different = from.length > 0 ? [] : differentServers(clients);
  if (different.length === 0) return undefined;
  const servers = [...new Set(different.flatMap((id) => id.split(' and ')))];
  const flags = servers.map((id) => `--from ${id.replace(/^service /, '')}`).join(' ');
  return {
    why: `its tasks ask for different servers: ${different.join('; ')}`,
    next: [`if they are one server: ${again} ${flags}`],
  };
}

function valueElsewhere({ service }: AdoptInput, clients: readonly SeenClient[]): Refusal | undefined {
  const whole = wholeElsewhere(clients);
  return whole.length === 0
    ? undefined
    : {
        why: whole.join('; '),
        elsewhere: true,
        line: 'change host and port where the value comes from',
        next: [`then look at what moves: dbctl plan ${service.name}`],
      };
}

function roleRefusal(input: AdoptInput, clients: readonly SeenClient[], again: string): Refusal | undefined {
  const superuser = clients.find(({ role: { value } }) => value === 'postgres' || value?.startsWith('pg_'));
  if (superuser !== undefined)
    return {
      why: `task ${superuser.task} logs in as ${superuser.role.value ?? ''}, which is the server's own role`,
      next: [
        'on the shared server: make a role for the app, and ALTER DATABASE … OWNER TO it',
        `then let the app log in by it, and run again: ${again}`,
      ],
      lines: loginLines(superuser),
    };
  if (input.role !== null || input.service.role !== null) return undefined;
  const roles = [...new Set(clients.flatMap(({ role }) => role.value ?? []))];
  if (roles.length <= 1) return undefined;
  const why = `its tasks log in as different roles: ${roles.join(', ')}`;
  return haveOneDatabase(clients)
    ? { why, next: [`${again} --role <the one that owns the database>`] }
    : {
        why: `${why}, each to a database of its own`,
        elsewhere: true,
        line: 'goes to a database of its own',
        next: [
          'a database beside the app has one owner: put each of these apps into a job of its own, then adopt both',
        ],
      };
}

const loginLines = ({ task, settings }: SeenClient): AdoptLeft[] =>
  settings
    .filter(({ role }) => role === 'user')
    .map(({ setting: { line, key, text } }) => ({
      ...{ line, old: `${key} = ${text}`, new: null },
      why: `${key} of task ${task}: a role of the app`,
    }));

/** Apps of one job with a database each have nothing to share. */
const haveOneDatabase = (clients: readonly SeenClient[]): boolean =>
  new Set(clients.flatMap(({ databases, role }) => databases[0]?.value ?? role.value ?? [])).size <= 1;

function nameRefusal({ missing }: Names, again: string): Refusal | undefined {
  if (missing.length === 0) return undefined;
  const why = missing.map(({ what, at }) => `the file does not say the ${what}${whence(at)}`).join('; ');
  const asks = missing.map(({ what }) => what);
  return { why, asks, next: [`${again} ${asks.map((what) => `--${what} <name>`).join(' ')}`] };
}

const whence = (at: SeenName | undefined): string =>
  at === undefined || at.origins.length === 0 ? '' : ` (${at.origins.map(originText).join(', ')})`;

/** Vault makes such a login on the server that its database engine is set up for. */
function loginMadeByVault(clients: readonly SeenClient[]): Refusal | undefined {
  const logins = clients.flatMap(({ task, role, password }) =>
    [...role.origins, ...password].map(({ kind, name = '' }) => ({ task, kind, name })),
  );
  const made = logins.find(({ kind, name }) => kind === 'vault' && /(?:^|\/)(?:static-)?creds\//.test(name));
  if (made === undefined) return undefined;
  const mount = made.name.split(/\/(?:static-)?creds\//)[0] ?? '';
  return {
    why: `Vault makes the login of task ${made.task} (${made.name}) on the server that its engine ${mount}/ knows, which is not the new one`,
    next: [
      `give the app a login of its own in Vault's key-value store, then run again`,
      `or keep the engine: move the database first, then point ${mount}/config at it, and change these lines by hand`,
    ],
  };
}

/** A connection string that the file only fetches: its text is out of reach here. */
const wholeElsewhere = (clients: readonly SeenClient[]): string[] =>
  clients.flatMap(({ task, settings }) =>
    settings
      .filter(({ role, setting }) => role === 'url' && isFetched(setting))
      .map(
        ({ setting }) =>
          `${setting.key} of task ${task} comes as a whole from ${setting.origins.map(originText).join(', ')}`,
      ),
  );

/** A host by itself, without a key for its port: the app would go on using the usual one. */
function portRefusal(clients: readonly SeenClient[], { port, network, placement }: DatabasePart): Refusal | undefined {
  if (port === POSTGRES_PORT && network === 'bridge' && placement === 'same-group') return undefined;
  const open = clients.find(
    ({ preset, settings }) =>
      settings.some(({ role }) => role === 'host') && !preset.keys.some(({ role }) => role === 'port'),
  );
  const host = open?.settings.find(({ role }) => role === 'host')?.setting.key;
  if (open === undefined || host === undefined) return undefined;
  return {
    why: `task ${open.task} sets ${host} and no port, and the new database listens on port ${port}`,
    next: [
      `set the app's key for the port too, then add --setting ${host}=host --setting <its key>=port; or --setting ${host}=host:port where it takes both`,
    ],
  };
}

/** An app that asks for extensions which the plain image does not have. */
function imageRefusal(clients: readonly SeenClient[], { image = '' }: DatabasePart): Refusal | undefined {
  const asks = clients.flatMap(({ preset }) => preset.needsImage ?? []).find(({ like }) => !like.test(image));
  return asks === undefined
    ? undefined
    : {
        why: `${asks.why}; ${image === '' ? 'this driver has no image' : `${image} is none`}`,
        next: [`--image <image>: ${asks.next}`],
      };
}
