import { setTimeout as sleep } from 'node:timers/promises';
import { readConfig } from './config.js';
import { migrate } from './database.js';
import { serve } from './server.js';
import { Ledger, Writer } from './writer.js';

// At once and without a farewell: what was not committed by then stays an open intent in the ledger.
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(0));

const config = readConfig(process.env);
const writer = new Writer(config.db, new Ledger(config.ledger));

async function prepare(): Promise<void> {
  for (;;) {
    try {
      return await migrate(config.db);
    } catch (error) {
      writer.counts.lastError = error instanceof Error ? error.message : String(error);
      await sleep(200);
    }
  }
}

async function writeForever(): Promise<never> {
  for (;;) {
    const next = Date.now() + config.everyMs;
    await writer.writeOnce();
    await sleep(Math.max(0, next - Date.now()));
  }
}

serve(config, writer);
void prepare().then(writeForever);
