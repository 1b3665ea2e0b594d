const READY = 'dbctl-exec-ready\n';
const HOLD = `printf '${READY.replace('\n', '\\n')}' && read -r _ && exec "$@"`;

/** Lets a held command go; the first bytes of stdin. */
export const GO = 'go\n';

/**
 * A shell command that does nothing until it has been told to go. Nomad's docker driver asks for the exit code right after
 * it started a command, and takes one that is not up yet for ended with 0 (about 1 in 100 on two busy cores, Nomad 1.11.1,
 * Docker 20.10); the command then runs on with nobody listening. A held one runs into the end of stdin and does nothing.
 * Undefined for a program that is not a shell: it cannot be held.
 */
export const held = (argv: readonly string[]): readonly string[] | undefined =>
  argv[0] === '/bin/sh' ? ['/bin/sh', '-c', HOLD, 'dbctl', ...argv] : undefined;

/** A terminal echoes what comes; an empty line is what disturbs least where nothing can be told not to. */
export const TERMINAL_GO = '\n';

/** A terminal's own echo is off meanwhile where there is a way, and its line end is another one. */
const HOLD_TERMINAL = `stty -echo 2>/dev/null
printf '${READY.replace('\n', '\\n')}'
read -r _ || exit 0
stty echo 2>/dev/null
exec "$@"`;

export const TERMINAL_READY = READY.replace('\n', '\r\n');

/** The same for a command on a terminal. */
export const heldOnTerminal = (argv: readonly string[]): readonly string[] => [
  ...['/bin/sh', '-c', HOLD_TERMINAL, 'dbctl'],
  ...argv,
];

/** Takes the ready line off the beginning of stdout. */
export class ReadyLine {
  #head: Buffer = Buffer.alloc(0);
  #state: 'waiting' | 'ready' | 'other' = 'waiting';

  constructor(private readonly line: string = READY) {}

  get ready(): boolean {
    return this.#state === 'ready';
  }

  /** Has nothing at all been heard? */
  get silent(): boolean {
    return this.#head.length === 0;
  }

  /** What is the command's own output by now; undefined while the line is not whole. */
  take(chunk: Buffer): Buffer | undefined {
    if (this.#state !== 'waiting') return chunk;
    this.#head = Buffer.concat([this.#head, chunk]);
    const head = this.#head.toString('latin1');
    if (head.length < this.line.length && this.line.startsWith(head)) return undefined;
    // Something else may speak in its place, such as a container runtime that found no shell: passed on as it is.
    this.#state = head.startsWith(this.line) ? 'ready' : 'other';
    return this.ready ? this.#head.subarray(this.line.length) : this.#head;
  }
}
