import { isUnfinished, type Journal, parseJournal } from './journal.js';
import type { JournalHandle } from './journal-store.js';

const FACT = 'restore';

/** What the service was before a restore began; it is that again whenever no restore is under way. */
const BEFORE = 'restoreFrom';

/** The newest restore of the service, finished or not; `undefined` when there was none. Throws JOURNAL_INVALID. */
export function restoreOf(service: Journal | undefined): Journal | undefined {
  const found = service?.facts[FACT];
  return found === undefined ? undefined : parseJournal(JSON.stringify(found), `restore of ${service?.service ?? ''}`);
}

/**
 * The journal of a restore inside the service's own, in one Variable: written by the same fenced write, and gone with it. While
 * the restore is unfinished the service's phase is `restoring`, so that no other command begins.
 */
export function restoreJournal(outer: JournalHandle): JournalHandle {
  const save = async (restore: Journal): Promise<void> => {
    if (outer.current) await outer.save(withRestore(outer.current, restore));
  };
  return {
    get current() {
      return restoreOf(outer.current);
    },
    get texts() {
      return outer.texts;
    },
    save,
    fact: <T>(key: string) => restoreOf(outer.current)?.facts[key] as T | undefined,
    record: async (key, value) => {
      const restore = restoreOf(outer.current);
      if (restore) await save({ ...restore, facts: { ...restore.facts, [key]: JSON.parse(JSON.stringify(value)) } });
    },
  };
}

/** The service's journal with that restore in it. */
export function withRestore(service: Journal, restore: Journal): Journal {
  const before = service.phase === 'restoring' ? (service.facts[BEFORE] as Journal['phase']) : service.phase;
  const phase = isUnfinished(restore.phase) ? 'restoring' : before;
  return {
    ...service,
    phase,
    facts: { ...service.facts, [BEFORE]: before, [FACT]: JSON.parse(JSON.stringify(restore)) },
  };
}
