import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import type { LabWorld, Report } from '../../e2e/lab-world.js';
import { type Exchange, type HttpProxy, httpProxy, type Verdict } from '../../support/proxy/http-proxy.js';
import { Boundaries, type Meaning } from './boundaries.js';

export type Mode = 'before' | 'inside' | 'after';

/** Where dbctl was killed. */
export interface Hit {
  readonly row: string;
  readonly mode: Mode;
  readonly what: string;
}

/** Says whether dbctl is to be killed there. Asked once at each boundary, in order. */
export type Want = (hit: Hit) => boolean;

/** One process of dbctl: killed somewhere, or come to its end. */
export interface Ended {
  readonly hit: Hit | undefined;
  readonly code: number | null;
  readonly report: Report;
  readonly stderr: string;
  /** Seconds from its start until the journal said that each row has ended. */
  readonly rows: ReadonlyMap<string, number>;
  readonly seconds: number;
}

/** Base64 of the line by which a held command says that it may be let go: until then nothing was begun. */
const READY = Buffer.from('dbctl-exec-ready\n').toString('base64');

/** dbctl between two proxies that know its journal, killed without warning at any boundary that is wanted. */
export class Killer {
  private constructor(
    private readonly world: LabWorld,
    private readonly proxies: readonly HttpProxy[],
  ) {}

  static async before(world: LabWorld): Promise<Killer> {
    const [nomad, vault] = await Promise.all([httpProxy(world.lab.nomadAddr), httpProxy(world.lab.vaultAddr)]);
    return new Killer(world.behind({ nomad: nomad.address, vault: vault.address }), [nomad, vault]);
  }

  async close(): Promise<void> {
    await Promise.all(this.proxies.map((proxy) => proxy.close()));
  }

  /** From a machine that has nothing of this one but the lock's id, so that nobody waits until the lock is free. */
  elsewhere(): Killer {
    const other = this.world.elsewhere();
    const locks = join(this.world.state, 'dbctl/locks');
    if (existsSync(locks)) cpSync(locks, join(other.state, 'dbctl/locks'), { recursive: true });
    return new Killer(other, this.proxies);
  }

  async run(args: readonly string[], want: Want = () => false): Promise<Ended> {
    const started = Date.now();
    const boundaries = new Boundaries();
    const rows = new Map<string, number>();
    let hit: Hit | undefined;
    const dbctl = this.world.start(...args, '--yes', '--confirm', args[1] ?? '', '--json');
    const kill = (at: Hit): void => {
      hit ??= at;
      dbctl.signal('SIGKILL');
    };
    const judge = (exchange: Exchange): Verdict => {
      if (hit) return { kind: 'reset' };
      const meaning = boundaries.meaning(exchange);
      if (meaning.kind === 'ends') rows.set(meaning.row, (Date.now() - started) / 1000);
      return verdict(meaning, exchange, want, kill);
    };
    for (const proxy of this.proxies) proxy.judge(judge);
    const code = await dbctl.ended;
    const seconds = (Date.now() - started) / 1000;
    return { hit, code, report: parsed(dbctl.stdout), stderr: dbctl.stderr, rows, seconds };
  }
}

function verdict(meaning: Meaning, exchange: Exchange, want: Want, kill: (hit: Hit) => void): Verdict {
  if (meaning.kind === 'ends') {
    const hit = { row: meaning.row, mode: 'after', what: 'journal' } as const;
    if (!want(hit)) return { kind: 'pass' };
    kill(hit);
    return { kind: 'reset' };
  }
  if (meaning.kind !== 'effect') return { kind: 'pass' };
  const { row, what, first } = meaning;
  if (first && want({ row, mode: 'before', what })) {
    kill({ row, mode: 'before', what });
    return { kind: 'reset' };
  }
  const inside = { row, mode: 'inside', what } as const;
  if (!want(inside)) return { kind: 'pass' };
  return { kind: 'cut-answer', ...(exchange.upgrade ? { through: READY } : {}), reached: () => kill(inside) };
}

const parsed = (stdout: string): Report => {
  try {
    return JSON.parse(stdout) as Report;
  } catch {
    return { status: `not a document: ${stdout.slice(0, 200)}` } as Report;
  }
};
