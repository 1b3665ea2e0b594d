import { describe, expect, it } from 'vitest';
import { held, ReadyLine } from '../../../src/adapters/nomad/held-command.js';

const heard = (chunks: readonly string[]): { own: string; ready: boolean; silent: boolean } => {
  const line = new ReadyLine();
  const own = chunks.map((chunk) => line.take(Buffer.from(chunk))?.toString() ?? '').join('');
  return { own, ready: line.ready, silent: line.silent };
};

describe('a held command', () => {
  it('is a shell that waits, with the arguments as they were', () => {
    const argv = ['/bin/sh', '-c', 'echo "$1"', 'dbctl', "it's"];
    expect(held(argv)?.slice(-5)).toEqual(argv);
    expect(held(['/usr/bin/id'])).toBeUndefined();
  });

  it('is ready with its ready line, however the frames cut it, and that line is not its output', () => {
    expect(heard(['dbctl-exec-ready\nhello\n'])).toEqual({ own: 'hello\n', ready: true, silent: false });
    expect(heard(['dbctl-', 'exec-rea', 'dy\nhel', 'lo\n'])).toEqual({ own: 'hello\n', ready: true, silent: false });
  });

  it('is not ready when something else speaks, which is passed on', () => {
    const chunks = ['db', 'us runtime exec failed', ': no shell'];
    expect(heard(chunks)).toEqual({ own: chunks.join(''), ready: false, silent: false });
  });

  it('is silent before its first byte only', () => {
    expect(heard([])).toEqual({ own: '', ready: false, silent: true });
    expect(heard(['db'])).toEqual({ own: '', ready: false, silent: false });
  });
});
