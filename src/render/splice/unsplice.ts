import { applyEdits, type Edit } from './apply-edits.js';
import { findGroup, onlyJob } from './find-group.js';
import { blocksOf, type HclBlock, type HclFile, lineOf, type Span } from './hcl-file.js';
import { readKeptLine } from './kept-change.js';
import type { Hcl } from './load-hcl.js';
import { findRegions, groupRegions, type Region, shortHash } from './marks.js';
import { restoreSettings } from './restore-settings.js';
import { unsupported } from './unsupported.js';

/**
 * Takes the database part out of a jobspec and puts the app's own settings back, byte for byte; what the operator
 * changed elsewhere stays. Without `group` every part of the file goes. A file without one comes back as it is.
 * Throws JOBSPEC_UNSUPPORTED when marks or kept lines are damaged, or a setting is not what dbctl wrote.
 */
export function unsplice(hcl: Hcl, source: string, group?: string): string {
  const file = hcl.parse(source);
  if (findRegions(file).length === 0) return source;
  const blocks = group === undefined ? groupsWithPart(file) : [findGroup(file, group)];
  return applyEdits(
    source,
    blocks.flatMap((block) => groupRegions(file, block).flatMap((region) => undo(file, block, region))),
  );
}

function groupsWithPart(file: HclFile): HclBlock[] {
  const regions = findRegions(file);
  const within = (outer: Span) => (inner: Span) => outer.start < inner.start && inner.end <= outer.end;
  const groups = blocksOf(onlyJob(file).body, 'group').filter((group) => regions.some(within(group)));
  const outside = regions.find((region) => !groups.some((group) => within(group)(region)));
  return outside === undefined
    ? groups
    : unsupported(file.source, outside.start, 'the marks of dbctl are outside of a group');
}

function undo(file: HclFile, group: HclBlock, region: Region): Edit[] {
  const kept = keptLines(file.source, region);
  const span = { start: region.start, end: region.end };
  if (region.kind !== 'network' && region.kind !== 'moved') {
    const changes = kept.map(({ line, where }) => readKeptLine(line, where));
    return [{ ...span, text: '' }, ...restoreSettings(file, group, changes)];
  }
  const [first] = kept;
  if (first === undefined) return unsupported(file.source, region.start, 'the marks of dbctl are damaged');
  return [{ ...span, text: String(JSON.parse(first.line.replace(/^# was /, ''))) }];
}

/** The kept lines are whole or the undo would be wrong without a sign of it: hence a hash of their own. */
function keptLines(source: string, { body, openHash, start }: Region): { line: string; where: string }[] {
  const all = source.slice(body.start, body.end).split('\n');
  const first = lineOf(source, body.start);
  const lines = all.map((line, at) => ({ line: line.trim(), where: `line ${first + at}` }));
  const end = lines.findIndex(({ line }) => !line.startsWith('# was '));
  const kept = lines.slice(0, end === -1 ? undefined : end);
  if (shortHash(kept.map(({ line }) => line).join('\n')) === openHash) return kept;
  return unsupported(source, start, 'a line that keeps an original value was damaged', 'restore the file from git');
}
