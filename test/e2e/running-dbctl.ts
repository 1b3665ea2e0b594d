import type { ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';

const WAIT_MS = 120_000;

/** A dbctl that still runs. Only this very process is ever signalled. */
export class RunningDbctl {
  stdout = '';
  stderr = '';
  readonly ended: Promise<number | null>;
  #over = false;
  readonly #listeners = new Set<() => void>();

  constructor(private readonly child: ChildProcessByStdio<null, Readable, Readable>) {
    child.stdout.setEncoding('utf8').on('data', (text: string) => this.#heard(() => (this.stdout += text)));
    child.stderr.setEncoding('utf8').on('data', (text: string) => this.#heard(() => (this.stderr += text)));
    this.ended = new Promise((resolve) => {
      child.on('close', (code) => {
        this.#over = true;
        this.#heard(() => resolve(code));
      });
    });
  }

  get running(): boolean {
    return !this.#over;
  }

  /** Resolves in the very turn in which that step's line arrives. Fails when dbctl ends before. */
  step(id: string): Promise<void> {
    return this.#until(() => new RegExp(`^ {2}ok {4}${id} `, 'm').test(this.stderr), `the line of ${id}`);
  }

  signal(name: 'SIGKILL' | 'SIGINT' | 'SIGSTOP' | 'SIGCONT'): void {
    this.child.kill(name);
  }

  /** Code that nothing can catch: no cleanup, no release of the lock. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.ended;
  }

  #heard(change: () => void): void {
    change();
    for (const listener of [...this.#listeners]) listener();
  }

  #until(there: () => boolean, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (act: () => void): void => {
        clearTimeout(timer);
        this.#listeners.delete(look);
        act();
      };
      const fail = (why: string): void =>
        end(() => reject(new Error(`${what} did not come: ${why}\n${this.stderr.slice(-2000)}`)));
      const look = (): void => {
        if (there()) end(resolve);
        else if (this.#over) fail('dbctl ended');
      };
      const timer = setTimeout(() => fail(`${WAIT_MS} ms passed`), WAIT_MS);
      this.#listeners.add(look);
      look();
    });
  }
}
