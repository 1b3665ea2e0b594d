import type { DiscoveredDatabase, DiscoveredServer, DiscoveredService, Discovery } from '../plan/discover/discovery.js';
import { type Paint, paint, type Style, symbols } from './style.js';
import { age, bytes, plural, safe, table, widthOf, wrap } from './text.js';

/** Databases by server, then what each service's entry rests on, then what is worth knowing. */
export const discoverText = (found: Discovery, style: Style): string =>
  [
    headline(found, style),
    ...found.servers.map((server) => serverText(server, style)),
    ...(found.services.length === 0 ? [] : [found.services.map((service) => serviceText(service, style)).join('\n')]),
    ...notes(found, style),
  ].join('\n\n');

const headline = ({ servers, services }: Discovery, style: Style): string => {
  const databases = servers.flatMap((server) => server.databases);
  if (servers.length === 0) return `${paint(style).yellow('warn')}  no database server runs here`;
  return `${paint(style).green('ok')}    ${plural(databases.length, 'database')} on ${plural(servers.length, 'server')}, used by ${plural(services.length, 'service')}`;
};

const placeOf = ({ job, task }: { readonly job: string; readonly task: string }): string =>
  job === task ? job : `${job}/${task}`;

const serverText = (server: DiscoveredServer, style: Style): string => {
  const colour = paint(style);
  const version = server.major === null ? '' : ` ${server.major}`;
  const about = [
    `${server.engine}${version}`,
    ...(server.image === null ? [] : [server.image]),
    ...(server.silent === null ? [] : [`not asked: ${server.silent}`]),
    ...(server.managed ? [] : ['not managed by dbctl']),
  ];
  const head = `${colour.bold(safe(placeOf(server)))}   ${colour.dim(safe(about.join(', ')))}`;
  if (server.databases.length === 0) return `${head}\n  ${colour.dim('no database known')}`;
  const names = ['database', 'size', 'sessions', 'used by', 'backup', 'drill'].map((text) => colour.dim(text));
  return `${head}\n${table([names, ...server.databases.map((one) => databaseRow(one, style))], [false, true, true])}`;
};

const databaseRow = (one: DiscoveredDatabase, style: Style): string[] => {
  const colour = paint(style);
  const dash = colour.dim(symbols(style).dash);
  const { backup } = one;
  return [
    safe(one.name),
    one.sizeBytes === null ? dash : bytes(one.sizeBytes),
    one.sessions === null ? dash : String(one.sessions),
    stateText(one, colour),
    backup === null ? dash : backupText(backup.newest?.age ?? null, backup.fresh, colour),
    backup === null ? dash : backupText(backup.drill?.age ?? null, backup.drilled, colour),
  ];
};

const stateText = ({ state, services }: DiscoveredDatabase, colour: Paint): string => {
  if (state === 'used' || state === 'own') return safe(services.join(', ')) || colour.dim(state);
  const words = {
    unclaimed: colour.yellow('nobody seen'),
    closed: 'closed',
    'put-aside': 'put aside by dbctl',
  } as const;
  return words[state];
};

const backupText = (seconds: number | null, good: boolean, colour: Paint): string => {
  if (seconds === null) return colour.red('none');
  return good ? age(seconds) : colour.red(age(seconds));
};

const serviceText = (service: DiscoveredService, style: Style): string => {
  const colour = paint(style);
  const words = { certain: colour.green('certain'), likely: 'likely ', unclear: colour.yellow('unclear') } as const;
  const head = `  ${words[service.confidence]}  ${colour.bold(safe(service.name))}`;
  const lines = service.evidence.map((line) => `           ${wrap(safe(line), widthOf(style), 11)}`);
  return [head, ...lines].join('\n');
};

const notes = ({ findings, gaps }: Discovery, style: Style): string[] => {
  const colour = paint(style);
  const lines = [
    ...findings.map(({ level, code, where, text, next }) => {
      const word = level === 'info' ? colour.dim('note') : colour.yellow('warn');
      const after = next === undefined ? '' : `\n        ${colour.dim(`next: ${safe(next)}`)}`;
      return `  ${word}  ${wrap(`${safe(where)}: ${safe(text)} [${code}]`, widthOf(style), 8)}${after}`;
    }),
    ...gaps.map(
      ({ source, why }) => `  ${colour.yellow('gap')}   ${wrap(`${safe(source)}: ${safe(why)}`, widthOf(style), 8)}`,
    ),
  ];
  return lines.length === 0 ? [] : [lines.join('\n')];
};
