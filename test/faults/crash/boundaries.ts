import type { Exchange } from '../../support/proxy/http-proxy.js';

/** What one request means for the run that sends it. */
export type Meaning =
  | { readonly kind: 'nothing' }
  /** The journal is told that a row begins; what follows belongs to it. */
  | { readonly kind: 'begins'; readonly row: string }
  /** The journal is told that a row has ended. */
  | { readonly kind: 'ends'; readonly row: string }
  /** Something is changed, or a command is started. The same request again within a row has the same name. */
  | { readonly kind: 'effect'; readonly row: string; readonly what: string; readonly first: boolean };

interface Journal {
  readonly run: string;
  readonly phase: string;
  readonly steps: readonly { readonly id: string; readonly state: string; readonly at: string }[];
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Rows outside of any step: until the first begins, and after the last has ended. */
export const OPENING = '(opening)';
export const CLOSING = '(closing)';

const OVER: ReadonlySet<string> = new Set([
  'migrated',
  'undone',
  'rolled-back',
  'finalized',
  'provisioned',
  'on-shared',
]);
const NOTHING: Meaning = { kind: 'nothing' };

/** Follows one process of dbctl by what it asks of Nomad and Vault: the journal's writes tell the step. */
export class Boundaries {
  #known: Journal | undefined;
  #row = OPENING;
  readonly #seen = new Set<string>();

  meaning(exchange: Exchange): Meaning {
    const path = new URL(exchange.path, 'http://server').pathname;
    if (exchange.upgrade) return this.#effect(`exec ${commandOf(exchange.path)}`);
    if (!isMutating(exchange.method, path)) return NOTHING;
    if (path.endsWith('/lock')) return this.#lock(exchange.path);
    const journal = path.startsWith('/v1/var/') ? journalOf(exchange.body) : undefined;
    return journal ? this.#journal(journal) : this.#effect(`${exchange.method} ${path}`);
  }

  #effect(what: string): Meaning {
    const first = ![...this.#seen].some((key) => key.startsWith(`${this.#row} `));
    this.#seen.add(`${this.#row} ${what}`);
    return { kind: 'effect', row: this.#row, what, first };
  }

  #lock(path: string): Meaning {
    if (path.includes('lock-renew')) return NOTHING;
    if (!path.includes('lock-release')) return this.#effect('lock taken');
    // Of a run that was refused or failed this ends nothing.
    if (this.#known === undefined || !OVER.has(this.#known.phase)) return NOTHING;
    this.#row = CLOSING;
    return this.#effect('lock released');
  }

  #journal(journal: Journal): Meaning {
    const before = this.#known;
    this.#known = journal;
    // Whoever takes the lock writes the journal once as it is.
    if (before === undefined && this.#row === OPENING && !this.#seen.has(`${OPENING} journal`)) {
      this.#seen.add(`${OPENING} journal`);
      if (journal.steps.length > 0 || journal.phase !== 'migrating') return NOTHING;
    }
    const changed = journal.steps.find((step) => {
      const old = before?.steps.find(({ id }) => id === step.id);
      // A step that is begun once more has the same state and a later time.
      return old?.state !== step.state || old.at !== step.at;
    });
    if (changed && before?.run === journal.run) return this.#mark(changed);
    if (OVER.has(journal.phase) && before?.phase !== journal.phase) this.#row = CLOSING;
    const text = (of: Journal | undefined, key: string): string => JSON.stringify(of?.facts[key] ?? null);
    const facts = Object.keys(journal.facts).filter((key) => text(before, key) !== text(journal, key));
    const what = before?.phase === journal.phase && before.run === journal.run ? facts.join() : journal.phase;
    return this.#effect(`journal ${what}`);
  }

  #mark({ id, state }: { id: string; state: string }): Meaning {
    const row = state.startsWith('undo') || state === 'undone' ? `undo ${id}` : id;
    const begins = state === 'started' || state === 'undoing';
    this.#row = begins ? row : OPENING;
    return { kind: begins ? 'begins' : 'ends', row };
  }
}

/** Asked by POST or PUT, but changing nothing. */
const READS = /^\/v1\/(jobs\/parse|validate\/job|job\/[^/]+\/plan|search)/;

const isMutating = (method: string, path: string): boolean =>
  method !== 'GET' && method !== 'HEAD' && method !== 'LIST' && !READS.test(path);

function journalOf(body: string): Journal | undefined {
  try {
    const { Items } = JSON.parse(body) as { Items?: { journal?: string } };
    return Items?.journal === undefined ? undefined : (JSON.parse(Items.journal) as Journal);
  } catch {
    return undefined;
  }
}

/** A name for a command that repeats: polling is one effect. What differs each time is left out. */
function commandOf(path: string): string {
  const { searchParams } = new URL(path, 'http://server');
  const argv = JSON.parse(searchParams.get('command') ?? '[]') as string[];
  const words = argv.filter((word) => !word.includes('\n') && !/dbctl-(exec-ready|[0-9a-f]{24})/.test(word));
  return `${searchParams.get('task')} ${words.join(' ')}`.replaceAll(/\d{13}|\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>');
}
