import {
  type ClosedTemplate,
  type HiddenSettings,
  hiddenSettings,
  isOwnServer,
  type Mention,
  mentionsOfPostgres,
  originText,
  type SeenAddress,
  type SeenClient,
} from '../../render/index.js';
import type { AdoptLeft, AdoptVerdict } from '../../report/adopt-report.js';
import { maskLine } from '../../shared/mask-line.js';
import type { FetchedUrl } from './fetched-urls.js';
import type { ReadFile } from './read-file.js';

/** A file about which nothing is to be done, or the tasks that would get a database of their own. */
export type Decision =
  | {
      readonly verdict: Exclude<AdoptVerdict, 'patched'>;
      readonly why: string;
      readonly left?: readonly AdoptLeft[];
      readonly next?: readonly string[];
    }
  | { readonly clients: readonly SeenClient[] };

/** `from`: how the operator names the shared server; empty: whatever the tasks ask for. */
export function decide(read: ReadFile, from: readonly string[]): Decision {
  const { job, servers, marked } = read;
  if (marked) return { verdict: 'already-dedicated', why: 'the part of dbctl is in it already' };
  const own = servers.filter(({ engine }) => engine === 'postgres');
  const clients = read.clients.filter(({ addresses }) => !addresses.some((address) => isOwnServer(job, own, address)));
  const asked = clients.filter(
    (client) =>
      from.length === 0 || client.addresses.length === 0 || client.addresses.some((address) => isNamed(address, from)),
  );
  if (asked.length > 0) return { clients: asked };
  if (own.length > 0) return { verdict: 'already-dedicated', why: ownText(read) };
  if (clients.length > 0)
    return { verdict: 'no-database', why: `its database is at ${serversText(clients)}, which is none of --from` };
  return withoutClients(read);
}

const ownText = ({ servers }: ReadFile): string =>
  servers
    .filter(({ engine }) => engine === 'postgres')
    .map(
      ({ task, image, database }) =>
        `task ${task} runs PostgreSQL${image === '' ? '' : ` (${image})`}, database ${database ?? 'known only at run time'}`,
    )
    .join('; ');

function withoutClients({ file, job, servers, engines, fetched, unclear, closed }: ReadFile): Decision {
  const mentions = mentionsOfPostgres(file);
  if (mentions.length > 0) return { verdict: 'instructions', why: MENTIONED, left: mentions.map(mentionLeft) };
  if (fetched.length > 0)
    return { verdict: 'instructions', why: fetched.map(fetchedText).join('; '), left: fetched.map(fetchedLeft) };
  const hidden = hiddenSettings(job);
  const known = hidden.filter((one) => one.known);
  if (known.length > 0) return { verdict: 'instructions', why: known.map(hiddenText).join('; '), left: [] };
  const likely = closed.filter((one) => one.likely);
  if (likely.length > 0)
    return { verdict: 'instructions', why: likely.map(closedText).join('; '), left: likely.map(closedLeft) };
  const [server] = servers;
  if (server !== undefined)
    return {
      verdict: 'other-engine',
      why: `task ${server.task} runs ${server.engine} (${server.image}); dbctl knows PostgreSQL only`,
    };
  if (engines.length > 0)
    return { verdict: 'other-engine', why: `its database is ${engines.join(' and ')}; dbctl knows PostgreSQL only` };
  if (unclear.length > 0) return unclearKind(unclear);
  return {
    verdict: 'no-database',
    why: ['no setting in it names a PostgreSQL', ...hidden.map(hiddenText), ...closed.map(closedText)].join('; '),
  };
}

const unclearKind = (unclear: ReadFile['unclear']): Decision => ({
  verdict: 'instructions',
  why: `nothing says of which kind the database of ${[...new Set(unclear.map(({ task, setting }) => `task ${task} (${setting.key})`))].join(', ')} is`,
  left: unclear.map(({ setting }) => ({
    ...{ line: setting.line, old: maskLine(`${setting.key} = ${setting.text}`), new: null },
    why: 'names the host of a database',
  })),
  next: ['if it is the shared PostgreSQL, say its address or service: --from <server>'],
});

const MENTIONED = 'it names a PostgreSQL where dbctl changes nothing, or in a setting that it does not know';

const fetchedText = ({ task, key, origins }: FetchedUrl): string =>
  `${key} of task ${task} comes as a whole from ${origins.map(originText).join(', ')}`;

const fetchedLeft = ({ line, text }: FetchedUrl): AdoptLeft => ({
  ...{ line, old: maskLine(text), new: null },
  why: 'if it is an address of PostgreSQL, change host and port where the value comes from',
});

const mentionLeft = ({ line, text }: Mention): AdoptLeft => ({
  ...{ line, old: maskLine(text.trim()), new: null },
  why: 'names a PostgreSQL; if it is a setting of the app, say so with --setting KEY=role, else change it by hand',
});

const closedText = ({ task, line }: ClosedTemplate): string =>
  `task ${task} has settings that the file does not show, line ${line}`;

const closedLeft = ({ line, text }: ClosedTemplate): AdoptLeft => ({
  ...{ line, old: maskLine(text), new: null },
  why: 'if an address of PostgreSQL is in there: write the lines here, as a plain heredoc, or change them where they are',
});

const hiddenText = ({ task, origins }: HiddenSettings): string =>
  `task ${task} has settings that the file does not show (${origins.map(originText).join(', ')}): an address among them has to change there`;

/** `postgres`, `10.0.0.5`, `10.0.0.5:5432`, `postgres.service.consul`. */
export const isNamed = ({ service, host, port, id }: SeenAddress, from: readonly string[]): boolean =>
  from.some((name) => [service, host, `${host ?? ''}:${port ?? 5432}`, id].includes(name));

export const serversText = (clients: readonly SeenClient[]): string =>
  [...new Set(clients.flatMap(({ addresses }) => addresses.map(({ id }) => id)))].join(', ');
