import { insistsOnTls } from '../../plan/tls-demands.js';
import { lineOf, type SeenClient, type SeenSetting } from '../../render/index.js';
import type { AdoptLeft } from '../../report/adopt-report.js';
import { maskLine } from '../../shared/mask-line.js';
import type { Refusal } from './refusals.js';

const FLAG_KEY = /(?:SSL|TLS)(?:_?(?:ENABLED?|REQUIRED?|ON))?$/i;
const ON = /^(?:true|1|yes|on|required?)$/i;
const DEMANDED = /^(?:require|verify-ca|verify-full)$/i;
const MODE_KEY = /SSL_?MODE$/i;

interface Demand {
  readonly task: string;
  readonly setting: SeenSetting;
  /** A key of its own; else a part of a connection string. */
  readonly own: boolean;
}

/** Settings by which an app refuses the database beside it, which listens without TLS: on loopback, or behind its password. */
const demands = ({ task, settings, all }: SeenClient): Demand[] => [
  ...settings
    .filter(({ role, setting }) => role === 'url' && insistsOnTls(setting.text))
    .map(({ setting }) => ({ task, setting, own: false })),
  ...all
    .filter((setting) => isMode(setting, settings) || isFlag(setting, settings))
    .map((setting) => ({ task, setting, own: true })),
];

const isMode = (setting: SeenSetting, settings: SeenClient['settings']): boolean =>
  MODE_KEY.test(setting.key) &&
  DEMANDED.test(setting.text) &&
  (/^PGSSLMODE$/i.test(setting.key) || settings.some((one) => isKin(one.setting, setting)));

/** `DB_SSL_ENABLED` beside `DB_HOST`: a family of many keys has switches for other things too. */
const isFlag = ({ key, text, place }: SeenSetting, settings: SeenClient['settings']): boolean =>
  FLAG_KEY.test(key) &&
  ON.test(text) &&
  settings.some(
    ({ role, setting }) =>
      (role === 'host' || role === 'host:port' || role === 'url') &&
      (place === 'file') === (setting.place === 'file') &&
      key.replace(FLAG_KEY, '') === setting.key.replace(/[A-Za-z]+$/, ''),
  );

/** `MAIL_SSLMODE` is none of `DB_HOST`. */
const isKin = (one: SeenSetting, other: SeenSetting): boolean =>
  (one.place === 'file') === (other.place === 'file') && family(one.key) === family(other.key);

const family = (key: string): string => key.split(/[_.]/)[0]?.toUpperCase() ?? '';

export function tlsRefusal(clients: readonly SeenClient[], again: string): Refusal | undefined {
  const [first] = clients.flatMap(demands);
  return first === undefined
    ? undefined
    : {
        why: `task ${first.task} insists on TLS (${first.setting.key}), and the new database has none`,
        next: [
          `where the server that it has now takes connections without TLS too: switch it off there, then run again: ${again}`,
          'else change all of these lines by hand, together, when its data has moved',
        ],
      };
}

/** Keys by themselves; one inside of a connection string changes with its address. */
export const tlsLines = (source: string, clients: readonly SeenClient[]): AdoptLeft[] =>
  clients
    .flatMap(demands)
    .filter(({ own }) => own)
    .map(({ task, setting }) => {
      const { start } = setting.at.value;
      const from = source.lastIndexOf('\n', start - 1) + 1;
      const stop = source.indexOf('\n', setting.end) === -1 ? source.length : source.indexOf('\n', setting.end);
      const written = source.slice(start, setting.end);
      const now = MODE_KEY.test(setting.key)
        ? written.replace(/require|verify-ca|verify-full/i, 'disable')
        : written.replace(/true|1|yes|on|required?/i, 'false');
      return {
        line: lineOf(source, start),
        old: maskLine(source.slice(from, stop).trim()),
        new:
          now === written
            ? null
            : maskLine(`${source.slice(from, start)}${now}${source.slice(setting.end, stop)}`.trim()),
        why: `${setting.key} of task ${task}: the new database has no TLS`,
      };
    });
