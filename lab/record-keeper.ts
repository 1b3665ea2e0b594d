import type { LabRecord } from './record.js';
import { writeRecord } from './record.js';

/** The one writer of lab.json during `up`: changes of parallel branches are applied one after the other. */
export class RecordKeeper {
  #record: LabRecord;
  #last: Promise<unknown> = Promise.resolve();

  constructor(record: LabRecord) {
    this.#record = record;
  }

  get record(): LabRecord {
    return this.#record;
  }

  async change(apply: (record: LabRecord) => Partial<LabRecord>): Promise<LabRecord> {
    this.#record = { ...this.#record, ...apply(this.#record) };
    const written = this.#last.then(() => writeRecord(this.#record));
    this.#last = written.catch(() => undefined);
    await written;
    return this.#record;
  }

  async addPid(name: string, pid: number): Promise<void> {
    await this.change((record) => ({ pids: { ...record.pids, [name]: pid } }));
  }
}
