import { once } from 'node:events';
import type { ReadStream, WriteStream } from 'node:tty';
import type { ScreenSize, Terminal } from '../ports/terminal.js';

export interface TerminalStreams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** What a terminal is taken for that does not tell its size. */
const USUAL: ScreenSize = { columns: 80, rows: 24 };

export const streamTerminal = (streams: TerminalStreams, kind: string): Terminal => {
  const { stdin, stdout } = streams;
  return {
    input: Boolean(stdin.isTTY),
    screen: Boolean(stdout.isTTY),
    kind,
    size: () => sizeOf(stdout),
    onResize: (then) => {
      stdout.on('resize', then);
      return () => void stdout.off('resize', then);
    },
    read: (take, { raw }) => read(stdin, take, raw),
    write: async (stream, bytes) => {
      if (!streams[stream].write(bytes)) await once(streams[stream], 'drain');
    },
  };
};

/** A terminal that was never told its size says 0. */
const sizeOf = ({ columns, rows }: Pick<WriteStream, 'columns' | 'rows'>): ScreenSize => ({
  columns: columns || USUAL.columns,
  rows: rows || USUAL.rows,
});

function read(stdin: ReadStream | NodeJS.ReadStream, take: (bytes: Buffer | null) => void, raw: boolean): () => void {
  const onData = (bytes: Buffer): void => take(bytes);
  const onEnd = (): void => take(null);
  if (raw) stdin.setRawMode(true);
  stdin.on('data', onData).on('end', onEnd);
  stdin.resume();
  return () => {
    stdin.off('data', onData).off('end', onEnd);
    stdin.pause();
    if (raw) stdin.setRawMode(false);
  };
}
