import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Secret } from '../../src/shared/secret.js';
import { runCommand, tryCommand } from '../run-command.js';
import type { ForgeApi } from './api.js';
import { KEEPER } from './keeper.js';
import { BUSY, digestOf, type ForgeLine, type Kind, namesWhatWasMade, pathOf } from './ledger.js';

const EVERY_MS = 150;
const PUSH_EVERY_MS = 1500;
const MOST_AT_ONCE = 8;
const GIVE_UP_MS = 4000;

type ApiKind = Exclude<Kind, 'commit'>;
const TURN: readonly ApiKind[] = ['issue', 'comment', 'comment', 'label', 'comment'];

const request = (what: ApiKind, token: string): readonly [path: string, body: unknown] => {
  switch (what) {
    case 'issue':
      return ['issues', { title: token, body: `${token} — Ω 語 🗝️` }];
    case 'comment':
      return ['issues/1/comments', { body: `${token} — комментарий` }];
    case 'label':
      return ['labels', { name: token, color: '#00aabb', description: 'écrit' }];
  }
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Writes through the API and by git over HTTP until it is told to stop; every attempt once, under a token of its own. */
export class ForgeLoad {
  readonly #stop = new AbortController();
  readonly #inFlight = new Set<Promise<void>>();

  constructor(
    private readonly api: ForgeApi,
    private readonly token: Secret,
    private readonly ledger: (line: ForgeLine) => void,
  ) {}

  stop(): void {
    this.#stop.abort();
  }

  /** Resolves when the last attempt has an outcome. */
  async run(): Promise<void> {
    const clone = await mkdtemp(join(tmpdir(), 'dbctl-forge-'));
    try {
      await Promise.all([this.#requests(), this.#pushes(clone)]);
      await Promise.all(this.#inFlight);
    } finally {
      await rm(clone, { recursive: true, force: true });
    }
  }

  async #requests(): Promise<void> {
    for (let turn = 0; !this.#stop.signal.aborted; turn += 1) {
      const what = TURN[turn % TURN.length] ?? 'comment';
      if (this.#inFlight.size < MOST_AT_ONCE) {
        const attempt = this.#write(what).finally(() => this.#inFlight.delete(attempt));
        this.#inFlight.add(attempt);
      }
      await pause(EVERY_MS);
    }
  }

  async #write(what: ApiKind): Promise<void> {
    const token = randomUUID();
    const [path, body] = request(what, token);
    this.#note({ kind: 'intent', token, what });
    const { status, text } = await this.api.ask('POST', `/repos/${BUSY}/${path}`, body, GIVE_UP_MS);
    if (!namesWhatWasMade(status, text))
      return this.#note({ kind: 'error', token, what, error: `HTTP ${status} ${text.slice(0, 200)}` });
    this.#note({ kind: 'ack', token, what, path: pathOf(what, text), digest: digestOf(what, text) });
  }

  async #pushes(clone: string): Promise<void> {
    await this.#git(clone, ['clone', '-q', `${this.api.url}/${BUSY}.git`, '.']);
    while (!this.#stop.signal.aborted) {
      await this.#push(clone);
      await pause(PUSH_EVERY_MS);
    }
  }

  async #push(clone: string): Promise<void> {
    const token = randomUUID();
    this.#note({ kind: 'intent', token, what: 'commit' });
    await this.#git(clone, ['commit', '-q', '--allow-empty', '-m', token]);
    const sha = (await this.#git(clone, ['rev-parse', 'HEAD'])).trim();
    const { code, stderr } = await tryCommand(['git', 'push', '-q', 'origin', 'HEAD:main'], this.#options(clone));
    if (code !== 0) return this.#note({ kind: 'error', token, what: 'commit', error: stderr.trim().slice(-200) });
    this.#note({ kind: 'ack', token, what: 'commit', path: `/repos/${BUSY}/git/commits/${sha}` });
  }

  #git(clone: string, args: readonly string[]): Promise<string> {
    return runCommand(['git', ...args], this.#options(clone));
  }

  /** The token goes through the environment; nothing of the user's own git settings is read. */
  #options(cwd: string): { cwd: string; env: NodeJS.ProcessEnv } {
    const person = { NAME: KEEPER, EMAIL: 'keeper@example.org' };
    const named = ['AUTHOR', 'COMMITTER'].flatMap((role) =>
      Object.entries(person).map(([key, value]) => [`GIT_${role}_${key}`, value] as const),
    );
    const env = {
      PATH: process.env['PATH'],
      HOME: cwd,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_TERMINAL_PROMPT: '0',
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'http.extraHeader',
      GIT_CONFIG_VALUE_0: `Authorization: token ${this.token.reveal()}`,
      ...Object.fromEntries(named),
    };
    return { cwd, env };
  }

  #note(line: Omit<ForgeLine, 'ts'>): void {
    this.ledger({ ...line, ts: new Date().toISOString() });
  }
}
