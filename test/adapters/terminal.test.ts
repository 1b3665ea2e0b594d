import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { streamTerminal } from '../../src/adapters/terminal.js';

interface Screen {
  readonly columns?: number;
  readonly rows?: number;
  readonly isTTY?: boolean;
}

function world(screen: Screen = {}, keyboard: Screen = {}) {
  const modes: boolean[] = [];
  const stdin = Object.assign(new PassThrough(), keyboard, { setRawMode: (mode: boolean) => void modes.push(mode) });
  const stdout = Object.assign(new PassThrough({ highWaterMark: 4 }), screen);
  const stderr = new PassThrough();
  const terminal = streamTerminal({ stdin, stdout, stderr } as never, 'xterm');
  return { modes, stdin, stdout, stderr, terminal };
}

const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

describe('the terminal', () => {
  it('hands over keys in raw mode and is given back', async () => {
    const { modes, stdin, terminal } = world({}, { isTTY: true });
    const keys: (string | null)[] = [];
    const stop = terminal.read((bytes) => void keys.push(bytes === null ? null : bytes.toString()), { raw: true });
    stdin.write('\u0003');
    await soon();
    stop();
    stdin.write('x');
    await soon();
    expect({ keys, modes }).toEqual({ keys: ['\u0003'], modes: [true, false] });
  });

  it('that is a pipe tells its end, and no mode is set', async () => {
    const { modes, stdin, terminal } = world();
    const keys: (string | null)[] = [];
    terminal.read((bytes) => void keys.push(bytes === null ? null : bytes.toString()), { raw: false });
    stdin.end('select 1');
    await soon();
    expect({ keys, modes }).toEqual({ keys: ['select 1', null], modes: [] });
    expect({ input: terminal.input, screen: terminal.screen }).toEqual({ input: false, screen: false });
  });

  it('has a size even where nobody told it, and says when that changes', () => {
    expect(world({ columns: 0, rows: 0, isTTY: true }).terminal.size()).toEqual({ columns: 80, rows: 24 });
    const { stdout, terminal } = world({ columns: 120, rows: 40, isTTY: true });
    expect(terminal.size()).toEqual({ columns: 120, rows: 40 });
    const changes: string[] = [];
    const stop = terminal.onResize(() => void changes.push('size'));
    stdout.emit('resize');
    stop();
    stdout.emit('resize');
    expect(changes).toEqual(['size']);
  });

  it('is waited for when it is slow', async () => {
    const { stdout, terminal } = world();
    let written = false;
    const writing = terminal.write('stdout', Buffer.from('a long line')).then(() => {
      written = true;
    });
    await soon();
    expect(written).toBe(false);
    stdout.resume();
    await writing;
    expect(written).toBe(true);
  });
});
