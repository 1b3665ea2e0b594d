import { z } from 'zod';
import { DbctlError } from '../../errors/dbctl-error.js';
import { isUnfinished, type Journal, parseJournal, verbOf } from '../../pipeline/journal.js';
import { journalPath } from '../../pipeline/journal-store.js';
import type { JournalLook } from '../../plan/doctor/facts.js';
import { isOnItsOwn } from '../verify.js';
import type { LookDeps } from './deps.js';

const tombstones = z.array(
  z.object({ database: z.string(), oid: z.number(), systemIdentifier: z.string(), tombstone: z.string() }),
);

/** What dbctl recorded of each service. One that cannot be read says so, and the others are told all the same. */
export const journalLooks = ({ nomad, services }: LookDeps): Promise<JournalLook[]> =>
  Promise.all(
    services.map(async ({ name }) => {
      const path = journalPath(name);
      const found = await nomad.variable(path);
      const text = found?.items['journal'];
      const locked = found?.locked ?? false;
      try {
        return journalLook(name, text === undefined ? undefined : parseJournal(text, path), locked);
      } catch (error) {
        if (!(error instanceof DbctlError)) throw error;
        return { ...journalLook(name, undefined, locked), problem: `${error.message}: ${path}` };
      }
    }),
  );

function journalLook(service: string, journal: Journal | undefined, locked: boolean): JournalLook {
  const facts = journal?.facts ?? {};
  const unfinished = journal !== undefined && isUnfinished(journal.phase);
  return {
    service,
    problem: null,
    run: journal?.run ?? null,
    phase: journal?.phase ?? null,
    startedAt: journal?.startedAt ?? null,
    resume: unfinished ? `dbctl ${verbOf(journal.phase)} ${service} --resume` : null,
    locked,
    own: isOnItsOwn(journal),
    settledAt: textOf(facts['settled.at']),
    systemIdentifier: textOf(facts['target.systemIdentifier']),
    tombstones: tombstones.safeParse(facts['tombstones']).data ?? [],
    dataVolume: textOf(facts['dataVolume']),
  };
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);
