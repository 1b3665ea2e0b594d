import { connectionSpans } from './connection-spans.js';
import { lineOf } from './hcl-file.js';
import type { TaskSettings, TemplatePlace } from './setting-places.js';
import type { Change, RewrittenKey, Work } from './setting-work.js';
import { asksForShared, isSharedHost, linesNamingShared } from './shared-names.js';
import { unsupported } from './unsupported.js';

/** A config file may name many hosts: only what is beyond doubt the shared instance is changed. */
export function checkFilePlace(work: Work, place: TemplatePlace, key: RewrittenKey): void {
  const value = work.source.slice(place.value.start, place.value.end);
  const pieces = key.form === 'url' ? urlPieces(value) : [value];
  if (pieces.every((piece) => isShared(work, piece, key))) return;
  unsupported(
    work.source,
    place.value.start,
    `${place.key} does not plainly name the shared instance (service ${work.shared.service})`,
    `write its service, or one of ${[...work.shared.hosts].join(', ') || 'its addresses'}`,
  );
}

function urlPieces(value: string): string[] {
  const found = connectionSpans(value);
  return 'why' in found ? [''] : found.spans.map(({ start, end }) => value.slice(start, end));
}

function isShared({ shared }: Work, piece: string, { form }: RewrittenKey): boolean {
  if (asksForShared(piece, shared)) return true;
  if (form === 'port' || /^\d+$/.test(piece)) return piece === String(shared.port);
  const [, host = '', port] = /^(.*?)(?::(\d+))?$/s.exec(piece) ?? [];
  return isSharedHost(host, shared) && (port === undefined || Number(port) === shared.port);
}

/** A file that would still speak of the shared instance is refused with all such lines. */
export function checkFilesDone(
  { source, shared, task }: Work,
  { files }: TaskSettings,
  changes: readonly Change[],
): void {
  for (const { body, text } of files) {
    const ours = changes.filter(({ edit }) => body.start <= edit.start && edit.end <= body.end);
    if (ours.length === 0) continue;
    const left = linesNamingShared(text, shared)
      .map(({ start, end }) => ({ start: body.start + start, end: body.start + end }))
      .filter(({ start, end }) => !ours.some(({ edit }) => start <= edit.start && edit.start <= end));
    const [first] = left;
    if (first === undefined) continue;
    const lines = left.map(({ start }) => lineOf(source, start)).join(', ');
    unsupported(
      source,
      first.start,
      `a file of task "${task}" names the shared instance in more places: lines ${lines}`,
    );
  }
}
