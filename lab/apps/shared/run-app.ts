import { setTimeout as sleep } from 'node:timers/promises';
import type { AppDatabase, AppSpec } from './app-spec.js';
import { serve } from './server.js';
import { textOf, Writer } from './writer.js';

/** At once and without a farewell: what was not committed by then stays an open intent in the ledger. */
export function endOnSignal(): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(0));
}

async function prepare(database: AppDatabase, { patience }: AppSpec, writer: Writer): Promise<void> {
  for (let left = patience.tries; ; left--) {
    try {
      return await database.access(database.prepare);
    } catch (error) {
      writer.counts.lastError = textOf(error);
      if (left <= 1) throw error;
      await sleep(patience.everyMs);
    }
  }
}

async function writeForever({ everyMs }: AppSpec, writer: Writer): Promise<never> {
  for (;;) {
    const next = Date.now() + everyMs;
    await writer.writeOnce();
    await sleep(Math.max(0, next - Date.now()));
  }
}

/** Makes the schema, answers HTTP and writes until a signal; ends with 1 when the database stays away at start. */
export function runApp(spec: AppSpec): void {
  endOnSignal();
  const writer = new Writer(spec);
  if (spec.http !== undefined) serve(spec, spec.http, writer);
  const prepared = Promise.all(spec.databases.map((database) => prepare(database, spec, writer)));
  prepared.then(
    () => writeForever(spec, writer),
    (error: unknown) => {
      process.stderr.write(`${textOf(error)}\n`);
      process.exit(1);
    },
  );
}
