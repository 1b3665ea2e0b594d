import type { NomadJob } from '../../ports/nomad.js';
import { presetForImage } from '../presets.js';
import type { HclFile } from '../splice/hcl-file.js';
import { EVERY_KEY } from './engines.js';
import { type Origin, originsOf } from './value-origin.js';

const NAMES = '[\\w.-]*(?:postgres|pgsql|pgbouncer|pgvector|timescale)[\\w.-]*';
const MENTION = new RegExp(
  [
    String.raw`(?:postgres(?:ql)?|pgsql|jdbc:postgresql)(?:\+\w+)?:\/\/`,
    String.raw`(?:\bhost\b.*\D|[\w-]\.[\w.-]+:)5432(?![\w.])`,
    String.raw`\b(?:nomadService|service|connect)\s+["\x60]${NAMES}`,
    String.raw`\b${NAMES}\.service\.[\w.]*consul\b`,
    String.raw`\bdestination_name\s*=\s*"${NAMES}"`,
  ].join('|'),
  'i',
);
const COMMENT = /^\s*(?:#|\/\/|\/\*|\*)/;

export interface Mention {
  /** 1-based. */
  readonly line: number;
  readonly text: string;
}

/** Lines that name a PostgreSQL somewhere, comments left out. */
export const mentionsOfPostgres = ({ source }: HclFile): Mention[] =>
  source.split('\n').flatMap((text, at) => (MENTION.test(text) && !COMMENT.test(text) ? [{ line: at + 1, text }] : []));

/** A block of Consul Connect that holds a port of the group's loopback. */
export const upstreamLines = ({ source }: HclFile, port: number): Mention[] =>
  source
    .split('\n')
    .flatMap((text, at) =>
      new RegExp(`^\\s*local_bind_port\\s*=\\s*${port}\\b`).test(text) ? [{ line: at + 1, text }] : [],
    );

/** A task whose settings come as a whole from somewhere else, keys included. */
export interface HiddenSettings {
  readonly task: string;
  /** An app whose image says that it uses a database. */
  readonly known: boolean;
  readonly origins: readonly Origin[];
}

export const hiddenSettings = (job: NomadJob): HiddenSettings[] =>
  job.TaskGroups.flatMap(({ Tasks }) => Tasks).flatMap(({ Name, Config, Templates }) =>
    (Templates ?? [])
      .filter(({ Envvars, EmbeddedTmpl }) => Envvars === true && EVERY_KEY.test(EmbeddedTmpl ?? ''))
      .map(({ EmbeddedTmpl }) => ({
        task: Name,
        known: presetForImage(String(Config?.['image'] ?? '')) !== undefined,
        origins: originsOf(EmbeddedTmpl ?? ''),
      })),
  );
