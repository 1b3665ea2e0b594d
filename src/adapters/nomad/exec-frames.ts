import { z } from 'zod';

const CHUNK_BYTES = 32 * 1024;
const stream = z.looseObject({ data: z.string().nullish() }).nullish();
const frame = z.looseObject({
  stdout: stream,
  stderr: stream,
  exited: z.boolean().nullish(),
  result: z.looseObject({ exit_code: z.number().nullish() }).nullish(),
});

export interface ExecFrame {
  readonly stdout?: Buffer;
  readonly stderr?: Buffer;
  readonly exitCode?: number;
}

/** One JSON message of the exec websocket; `undefined` when it is none. Go leaves out an exit code of 0. */
export function parseExecFrame(text: string): ExecFrame | undefined {
  const parsed = frame.safeParse(parseOrUndefined(text));
  if (!parsed.success) return undefined;
  const { stdout, stderr, exited, result } = parsed.data;
  return {
    ...(stdout?.data ? { stdout: Buffer.from(stdout.data, 'base64') } : {}),
    ...(stderr?.data ? { stderr: Buffer.from(stderr.data, 'base64') } : {}),
    ...(exited ? { exitCode: result?.exit_code ?? 0 } : {}),
  };
}

export function* stdinFrames(text: string): Generator<string> {
  const bytes = Buffer.from(text, 'utf8');
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    yield stdinFrame(bytes.subarray(at, at + CHUNK_BYTES));
  }
}

export const stdinFrame = (bytes: Buffer): string => JSON.stringify({ stdin: { data: bytes.toString('base64') } });

export const sizeFrame = (columns: number, rows: number): string =>
  JSON.stringify({ tty_size: { height: rows, width: columns } });

export const stdinCloseFrame = JSON.stringify({ stdin: { close: true } });

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
