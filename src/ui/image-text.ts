import { versionText } from '../plan/image.js';
import type { ImageReport, ImageRow } from '../report/image-report.js';
import { paint, type Style } from './style.js';
import { bytes, field, grouped, safe, table, widthOf, wrap } from './text.js';

const PAD = 10;

const DONE: Readonly<Record<'create' | 'rm', string>> = {
  create: 'is kept under that name',
  rm: 'has lost that name',
};

/** Images for people. */
export const imageText = (report: ImageReport, style: Style): string =>
  [bodyText(report, style), ...report.unseen.map((one) => unseenText(one, style))].join('\n\n');

function bodyText({ action, status, images, details }: ImageReport, style: Style): string {
  const [first] = images;
  const ok = paint(style).green('ok');
  if (action === 'list') return images.length === 0 ? 'there are no images' : listText(images, style);
  if (!first) return `${ok}  nothing to do`;
  if (action === 'show') return showText(first, details, style);
  const already = status === 'nothing-to-do' ? ' already' : '';
  return `${ok}  ${safe(first.name)}: backup ${safe(first.set)} of ${safe(first.service)} ${DONE[action]}${already}`;
}

/** 170011 is 17.11. */
const version = (known: number | null): string => (known === null ? '?' : versionText(known));

function listText(images: readonly ImageRow[], style: Style): string {
  const head = ['image', 'of', 'as of', 'version', 'size', ''].map((text) => paint(style).dim(text));
  const lines = images.map((image) => [
    safe(image.name),
    safe(image.service),
    image.asOf ?? '?',
    version(image.version),
    image.bytes === null ? '?' : bytes(image.bytes),
    image.readBy.length > 0 ? 'being restored' : '',
  ]);
  return table([head, ...lines], [false, false, false, false, true, false]);
}

function showText(image: ImageRow, details: ImageReport['details'], style: Style): string {
  const line = (label: string, text: string): string =>
    field(label, safe(text), { width: widthOf(style), pad: PAD, show: paint(style).dim });
  const list = (names: readonly string[]): string => (names.length === 0 ? 'none' : names.join(', '));
  return [
    line('image', image.name),
    line('backup', `${image.set} of ${image.service}, as of ${image.asOf ?? '?'}`),
    line('engine', `PostgreSQL ${version(image.version)}`),
    line('databases', `${list(image.databases)}${image.rows === null ? '' : `, ${grouped(image.rows)} rows`}`),
    line('size', image.bytes === null ? '?' : bytes(image.bytes)),
    line('extensions', list(details?.extensions ?? [])),
    line('roles', list(details?.roles ?? [])),
    line('copies', list(details?.copies ?? [])),
    line('created', image.created),
    ...(image.readBy.length === 0 ? [] : [line('restored', `now, by run ${image.readBy.join(', ')}`)]),
  ].join('\n');
}

const unseenText = ({ service, why }: ImageReport['unseen'][number], style: Style): string =>
  `${paint(style).yellow('warn')}  ${wrap(safe(`images of ${service} could not be read: ${why}`), widthOf(style), 6)}`;
