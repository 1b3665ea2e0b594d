/** Collects the output of one exec and tells when the awaited line has been seen on stdout. */
export class ExecOutput {
  readonly #stdout: Buffer[] = [];
  readonly #stderr: Buffer[] = [];
  readonly #needle: Buffer | undefined;
  /** The last bytes seen, so that a line cut by frames is still found; starts as the end of a line before the output. */
  #tail: Buffer = Buffer.from('\n');
  #found = false;

  constructor(until: string | undefined) {
    this.#needle = until === undefined ? undefined : Buffer.from(`\n${until}\n`, 'utf8');
  }

  /** Returns true once: when this chunk completes the awaited line. */
  stdout(chunk: Buffer): boolean {
    this.#stdout.push(chunk);
    if (!this.#needle || this.#found) return false;
    const seen = Buffer.concat([this.#tail, chunk]);
    this.#found = seen.includes(this.#needle);
    this.#tail = seen.subarray(Math.max(0, seen.length - this.#needle.length + 1));
    return this.#found;
  }

  stderr(chunk: Buffer): void {
    this.#stderr.push(chunk);
  }

  texts(): { stdout: string; stderr: string } {
    return {
      stdout: Buffer.concat(this.#stdout).toString('utf8'),
      stderr: Buffer.concat(this.#stderr).toString('utf8'),
    };
  }
}
