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

/** Takes the ready line off the beginning of stdout. */
export class ReadyLine {
  #seen = Buffer.alloc(0);
  #ready = false;

  get ready(): boolean {
    return this.#ready;
  }

  /** Has anything at all been heard? */
  get silent(): boolean {
    return this.#seen.length === 0;
  }

  /** What of the chunk is the command's own output; undefined while the line is not whole. */
  take(chunk: Buffer): Buffer | undefined {
    if (this.#ready) return chunk;
    this.#seen = Buffer.concat([this.#seen, chunk]);
    if (READY.startsWith(this.#seen.toString('latin1')) && this.#seen.length < READY.length) return undefined;
    this.#ready = this.#seen.subarray(0, READY.length).toString('latin1') === READY;
    // Something else speaks in its place, such as a container runtime that found no shell: passed on as it is.
    return this.#ready ? this.#seen.subarray(READY.length) : chunk;
  }
}
