import { z } from 'zod';

/** The `status` file of a finished run, written by the harness in one rename. */
export interface RunStatus {
  readonly exit: number;
  /** As written in the task: UTC. */
  readonly started: string;
  readonly finished: string;
  /** SHA-256 (hex) of each result file. */
  readonly results: ReadonlyMap<string, string>;
}

const status = z.object({
  exit: z.number().int(),
  started: z.string(),
  finished: z.string(),
  results: z.array(z.object({ name: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/) })),
});

/** `undefined` when the text is not a whole status file. */
export function parseRunStatus(text: string): RunStatus | undefined {
  const parsed = status.safeParse(parseOrUndefined(text));
  if (!parsed.success) return undefined;
  const results = new Map(parsed.data.results.map(({ name, sha256 }) => [name, sha256]));
  return { ...parsed.data, results };
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
