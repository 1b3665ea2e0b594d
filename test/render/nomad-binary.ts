import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

const VERSION = '1.11.1';

/** DBCTL_NOMAD, then PATH, then the per-user cache: the order in which dbctl itself looks. */
export function nomadBinary(): string {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const path = (process.env['PATH'] ?? '').split(delimiter).map((dir) => join(dir, 'nomad'));
  const found = [process.env['DBCTL_NOMAD'] ?? '', ...path, join(cache, 'dbctl', 'bin', `nomad-${VERSION}`)].find(
    (file) => file !== '' && existsSync(file),
  );
  if (found === undefined) throw new Error('no nomad binary: set DBCTL_NOMAD or run `dbctl lab up` once');
  return found;
}

export interface ParsedTask {
  readonly Name: string;
  readonly Driver: string;
  readonly Env: Record<string, string> | null;
  readonly Config: Record<string, unknown>;
  readonly Templates:
    | readonly { readonly DestPath: string; readonly EmbeddedTmpl: string; readonly ChangeMode: string }[]
    | null;
  readonly [key: string]: unknown;
}

export interface ParsedGroup {
  readonly Name: string;
  readonly Tasks: readonly ParsedTask[];
  readonly Volumes: Record<string, unknown> | null;
  readonly Services: readonly { readonly Name: string }[] | null;
  readonly Networks: readonly { readonly ReservedPorts: readonly { Label: string; Value: number }[] | null }[] | null;
  readonly [key: string]: unknown;
}

export interface ParsedJob {
  readonly ID: string;
  readonly Meta: Record<string, string> | null;
  readonly TaskGroups: readonly ParsedGroup[];
  readonly [key: string]: unknown;
}

/** What Nomad's own parser makes of a jobspec; no agent needed. Throws with Nomad's message. */
export function parseWithNomad(jobspec: string): ParsedJob {
  const { AWS_CA_BUNDLE: _, ...env } = process.env;
  const json = execFileSync(nomadBinary(), ['job', 'run', '-output', '-'], {
    input: jobspec,
    env,
    encoding: 'utf8',
    maxBuffer: 64e6,
  });
  return (JSON.parse(json) as { Job: ParsedJob }).Job;
}

/** `nomad fmt` of a text. */
export const formatWithNomad = (hcl: string): string =>
  execFileSync(nomadBinary(), ['fmt', '-'], { input: hcl, encoding: 'utf8' });
