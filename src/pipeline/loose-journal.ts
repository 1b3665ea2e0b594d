import type { Journal } from './journal.js';
import type { JournalHandle } from './journal-store.js';

/** A copy to look things up in, for work that needs no lock: what is recorded in it stays in this process. */
export function looseJournal(journal: Journal): JournalHandle {
  let current = journal;
  return {
    get current() {
      return current;
    },
    save: async (next) => {
      current = next;
    },
    fact: <T>(key: string) => current.facts[key] as T | undefined,
    record: async (key, value) => {
      current = { ...current, facts: { ...current.facts, [key]: JSON.parse(JSON.stringify(value)) } };
    },
  };
}
