import { setTimeout as sleep } from 'node:timers/promises';
import type { Canary } from './canary.js';
import { listOr, readOr } from './canary.js';

const EVERY_MS = 100;
const LOOKS = 4;

/** What every process of the machine was called with, and the environment of those chosen, looked at again and again. */
export class ProcessWatch {
  readonly finds = new Set<string>();
  looked = 0;
  #going = false;
  readonly #known = new Map<string, number>();
  #ended: Promise<void> = Promise.resolve();

  constructor(
    private readonly canary: Canary,
    /** Whether the environment must be clean too; gets it as `NAME=value` parted by NUL. */
    private readonly isOurs: (environment: string) => boolean,
    private readonly alongside: () => void = () => undefined,
  ) {}

  start(): void {
    this.#going = true;
    this.#ended = this.#loop();
  }

  async stop(): Promise<void> {
    this.#going = false;
    await this.#ended;
  }

  async #loop(): Promise<void> {
    while (this.#going) {
      this.#forgetEnded();
      this.alongside();
      this.look();
      await sleep(EVERY_MS);
    }
  }

  /** A number is given to another process later. */
  #forgetEnded(): void {
    const alive = new Set(listOr('/proc'));
    for (const pid of this.#known.keys()) if (!alive.has(pid)) this.#known.delete(pid);
  }

  look(): void {
    const pids = listOr('/proc').filter((name) => /^\d+$/.test(name));
    // What it is called with is settled soon after a process begins.
    for (const pid of pids.filter((one) => (this.#known.get(one) ?? 0) < LOOKS)) {
      this.#known.set(pid, (this.#known.get(pid) ?? 0) + 1);
      const argv = readOr(`/proc/${pid}/cmdline`).toString('utf8');
      if (argv === '') continue;
      this.looked += 1;
      for (const find of this.canary.in(`arguments of ${argv.split('\0')[0]}`, argv)) this.finds.add(find);
      const environment = readOr(`/proc/${pid}/environ`).toString('utf8');
      if (!this.isOurs(environment)) continue;
      for (const find of this.canary.in(`environment of ${argv.split('\0')[0]}`, environment)) this.finds.add(find);
    }
  }
}
