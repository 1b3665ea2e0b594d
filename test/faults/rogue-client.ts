import pg from 'pg';
import { pause } from '../e2e/expectations.js';

/** A client that comes back as often as it is thrown out, and runs its statements again and again, each by itself. */
export class RogueClient {
  #stopped = false;
  /** Statements that the server acknowledged, and when the last of them was. */
  acknowledged = 0;
  refused = 0;
  last = 0;
  private readonly done: Promise<void>;

  constructor(config: pg.ClientConfig, statements: readonly string[]) {
    this.done = this.#run(config, statements);
  }

  async #run(config: pg.ClientConfig, statements: readonly string[]): Promise<void> {
    while (!this.#stopped) {
      const client = new pg.Client(config);
      client.on('error', () => undefined);
      try {
        await client.connect();
        await this.#round(client, statements);
      } catch {
        await pause(20);
      } finally {
        await client.end().catch(() => undefined);
      }
    }
  }

  async #round(client: pg.Client, statements: readonly string[]): Promise<void> {
    for (let turn = 0; !this.#stopped; turn++) {
      try {
        await client.query(statements[turn % statements.length] ?? '');
        this.acknowledged += 1;
        this.last = Date.now();
      } catch (error) {
        this.refused += 1;
        // A statement that is refused leaves the session as it is; a session that was ended does not.
        if (!(error instanceof pg.DatabaseError) || error.code === '57P01') throw error;
      }
      await pause(20);
    }
  }

  stop(): Promise<void> {
    this.#stopped = true;
    return this.done;
  }
}
