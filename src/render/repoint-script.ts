import { shQuote } from '../shared/quote.js';
import { renderTemplate } from './handlebars.js';
import type { Repoint } from './preset.js';
import { readTemplate } from './templates.js';

export interface RepointScript {
  readonly repoint: Repoint;
  /** `host:port`, or a host alone as the app's file had it. */
  readonly address: string;
  /** Waits until the database is verified; the way back does not. */
  readonly gated: boolean;
}

/** The script of the prestart task: POSIX sh, every word of the tool's command quoted. */
export function renderRepointScript({ repoint, address, gated }: RepointScript): string {
  const { file = '', read, write } = repoint;
  const [host = '', port = '5432'] = address.split(':');
  const values: Readonly<Record<string, string>> = { host, port, address };
  const filled = write.map((word) =>
    word.replace(/\{(host|port|address)\}/g, (_all, name: string) => values[name] ?? ''),
  );
  return renderTemplate(readTemplate('repoint.sh'), {
    ...{ address, gated, file, keep: keptName(file) },
    read: read.map(shQuote).join(' '),
    write: filled.map(shQuote).join(' '),
  });
}

/** `config.php` is kept as `config.dbctl-old.php`. */
export const keptName = (file: string): string =>
  /\.[^./]+$/.test(file) ? file.replace(/(\.[^./]+)$/, '.dbctl-old$1') : `${file}.dbctl-old`;
