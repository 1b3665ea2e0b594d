import type { Preset, PresetKey } from '../presets.js';
import type { Address } from './address.js';
import { checkFilePlace, checkFilesDone } from './check-files.js';
import { checkSettings } from './check-settings.js';
import { movedToTemplate, portBeside } from './env-regions.js';
import type { HclBlock, HclFile } from './hcl-file.js';
import { inlineLookup, renamed, withPort } from './line-change.js';
import { surroundings } from './lookup-block.js';
import { lookupChange } from './lookup-change.js';
import { writtenInPlace } from './named-string.js';
import { formPieces, type Piece } from './setting-forms.js';
import {
  type EnvPlace,
  plainValue,
  type SettingPlace,
  type TaskSettings,
  type TemplatePlace,
  taskSettings,
} from './setting-places.js';
import { type Change, type RewrittenKey, rewrittenKey, textAt, type Work } from './setting-work.js';
import type { SharedNames } from './shared-names.js';
import { unsupported } from './unsupported.js';

/** Points a task at the address. Throws JOBSPEC_UNSUPPORTED, naming the line, when a place cannot be changed safely. */
export function changeSettings(
  file: HclFile,
  block: HclBlock,
  preset: Preset,
  address: Address,
  shared: SharedNames,
): Change[] {
  const { source } = file;
  const settings = taskSettings(source, block);
  const work: Work = { file, source, task: block.labels[0] ?? '', preset, address, shared };
  const missing = checkSettings(source, block, settings, preset, address);
  const done = new Set<number>();
  const env = envPlaces(settings, preset);
  const moved = address.kind === 'service' ? movedToTemplate(file, block, work, env) : [];
  const changes = settings.places.flatMap((place) => {
    const key = rewrittenKey(preset, place);
    if (key === undefined || (place.place === 'env' && moved.length > 0)) return [];
    if (place.place === 'env') return envChanges(work, place, key, missing);
    if (place.place === 'file') checkFilePlace(work, place, key);
    return templateChanges(work, place, key, missing, done);
  });
  checkFilesDone(work, settings, changes);
  return [...moved, ...changes.filter((change) => change.settings.some(({ from, to }) => from !== to))];
}

const envPlaces = ({ places }: TaskSettings, preset: Preset): [EnvPlace, RewrittenKey][] =>
  places.flatMap((place): [EnvPlace, RewrittenKey][] => {
    const key = rewrittenKey(preset, place);
    return place.place !== 'env' || key === undefined ? [] : [[place, key]];
  });

const envChanges = (work: Work, place: EnvPlace, key: RewrittenKey, missing: PresetKey | undefined): Change[] => [
  ...(key.form === 'url'
    ? (writtenInPlace(work, place) ?? pieceChanges(work, place, key))
    : pieceChanges(work, place, key)),
  ...(missing !== undefined && key.role === 'host' ? [portBeside(work, place, missing)] : []),
];

function templateChanges(
  work: Work,
  place: TemplatePlace,
  key: RewrittenKey,
  missing: PresetKey | undefined,
  done: Set<number>,
): Change[] {
  const around = surroundings(place.template, place.line.keyStart);
  if (around.kind === 'unclear') return unsupported(work.source, place.value.start, `${place.key}: ${around.why}`);
  if (around.kind === 'lookup') {
    const start = place.template.body.start + around.block.start;
    if (done.has(start)) return [];
    done.add(start);
    return [lookupChange(work, place, around.block, missing)];
  }
  const same = renamed(work, place, key);
  if (same !== undefined) return [same];
  if (missing !== undefined && key.role === 'host') return [withPort(work, place, key, missing)];
  return pieceChanges(work, place, key);
}

/** Only the pieces of the right side that hold the address. */
function pieceChanges(work: Work, place: SettingPlace, key: RewrittenKey): Change[] {
  const inline = place.place === 'env' ? undefined : inlineLookup(work, place, key);
  if (inline !== undefined) return [inline];
  const found = formPieces(key.form, work.source, place.value, textAt(work, place));
  if ('why' in found) return unsupported(work.source, place.value.start, `${place.key}: ${found.why}`, HINT);
  return found.pieces.map((piece) => pieceChange(work, place, piece));
}

const HINT = 'write host and port in plain sight in this file, then run again';

function pieceChange(work: Work, place: SettingPlace, piece: Piece): Change {
  const from = work.source.slice(piece.start, piece.end);
  const whole = piece.start === place.value.start && piece.end === place.value.end;
  // An env attribute holds an HCL string; what an address is written with needs no escape.
  const to = place.place === 'env' && whole ? `"${piece.to}"` : piece.to;
  const seen = whole ? (plainValue(work.source, place) ?? from) : from;
  return {
    edit: { start: piece.start, end: piece.end, text: to },
    kept: { task: work.task, place: place.place, key: place.key, form: piece.form, from, to },
    settings: [{ task: work.task, place: place.place, key: place.key, from: seen, to: piece.to }],
  };
}
