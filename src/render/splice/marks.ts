import { createHash } from 'node:crypto';
import { DbctlError } from '../../errors/dbctl-error.js';
import { type HclBlock, type HclFile, lineEnd, lineOf, lineStart, type Span } from './hcl-file.js';
import { unsupported } from './unsupported.js';

/**
 * `part`: the database part; `port`: a reservation inside the operator's network block; `network`: a one-line block made
 * longer; `setting`: lines that the app gets besides its own; `moved`: where a line of `env` was.
 */
export type RegionKind = 'part' | 'port' | 'network' | 'setting' | 'moved';

/** Lines between two marks, marks included; the span covers whole lines. */
export interface Region extends Span {
  readonly kind: RegionKind;
  readonly openHash: string;
  readonly closeHash: string;
  /** Offsets after the opening mark's line and before the closing mark's line. */
  readonly body: Span;
}

interface Mark extends Span {
  readonly opens: boolean;
  readonly kind: RegionKind;
  readonly hash: string;
}

const LIKE_A_MARK = /^#\s*(?:>>>|<<<)\s*dbctl\b/;
const MARK = /^# (>>>|<<<) dbctl (part|port|network|setting|moved) ([0-9a-f]{12})$/;

/** 48 bits: against slips of an editor, not against an enemy. */
export const shortHash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);

export const openMark = (kind: RegionKind, kept: string): string => `# >>> dbctl ${kind} ${shortHash(kept)}`;
export const closeMark = (kind: RegionKind, body: string): string => `# <<< dbctl ${kind} ${shortHash(body)}`;

/** Every marked region of the file, in order. Throws JOBSPEC_UNSUPPORTED when the marks do not pair. */
export function findRegions(file: HclFile): Region[] {
  const marks = file.comments.flatMap((comment) => readMark(file.source, comment));
  const regions: Region[] = [];
  for (let at = 0; at < marks.length; at += 2) regions.push(pair(file.source, marks[at], marks[at + 1]));
  return regions;
}

/** The regions inside a group: at most one of a kind that is the group's, and none without the part that keeps the originals. */
export function groupRegions(file: HclFile, group: HclBlock): Region[] {
  const regions = findRegions(file).filter(
    ({ start, end }) => group.start < start && end <= lineEnd(file.source, group.end),
  );
  const [first] = regions;
  if (first === undefined) return [];
  for (const region of regions) {
    if (region.kind === 'setting' || region.kind === 'moved') continue;
    if (regions.filter(({ kind }) => kind === region.kind).length > 1) damaged(file.source, region.start);
  }
  if (!regions.some(({ kind }) => kind === 'part')) damaged(file.source, first.start);
  return regions;
}

/** Throws JOBSPEC_UNSUPPORTED when the lines between the marks are not those that dbctl wrote. */
export function checkUnedited(source: string, region: Region): void {
  const { body } = region;
  if (shortHash(source.slice(body.start, body.end)) === region.closeHash) return;
  throw new DbctlError('JOBSPEC_UNSUPPORTED', 'the lines between the marks of dbctl were edited by hand', {
    where: `lines ${lineOf(source, region.start)} to ${lineOf(source, region.end - 1)}`,
    next: 'undo the edit, or make it in dbctl.yaml',
  });
}

function readMark(source: string, comment: Span): Mark[] {
  const text = source.slice(comment.start, comment.end).trimEnd();
  if (!LIKE_A_MARK.test(text)) return [];
  const match = MARK.exec(text);
  const alone = source.slice(lineStart(source, comment.start), comment.start).trim() === '';
  if (match === null || !alone) return damaged(source, comment.start);
  return [{ ...comment, opens: match[1] === '>>>', kind: match[2] as RegionKind, hash: match[3] ?? '' }];
}

function pair(source: string, open: Mark | undefined, close: Mark | undefined): Region {
  if (open === undefined || !open.opens) return damaged(source, open?.start ?? 0);
  if (close === undefined || close.opens || close.kind !== open.kind) return damaged(source, open.start);
  const body = { start: lineEnd(source, open.start), end: lineStart(source, close.start) };
  const span = { start: lineStart(source, open.start), end: lineEnd(source, close.start) };
  return { ...span, kind: open.kind, openHash: open.hash, closeHash: close.hash, body };
}

const damaged = (source: string, offset: number): never =>
  unsupported(source, offset, 'the marks of dbctl are damaged', 'restore the file from git, then run again');
