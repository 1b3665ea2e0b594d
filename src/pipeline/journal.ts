import { z } from 'zod';
import { DbctlError } from '../errors/dbctl-error.js';

const PHASES = [
  'migrating',
  'undoing',
  'undone',
  'migrated',
  'rolling-back',
  'rolled-back',
  'finalizing',
  'finalized',
  'provisioning',
  'unprovisioning',
  'provisioned',
  'on-shared',
  'restoring',
  'restored',
  'unrestoring',
  'unrestored',
] as const;
export type Phase = (typeof PHASES)[number];

const entrySchema = z.object({
  id: z.string(),
  state: z.enum(['started', 'done', 'failed', 'undoing', 'undone']),
  at: z.string(),
  seconds: z.number().optional(),
  summary: z.string().optional(),
});
export type JournalEntry = z.infer<typeof entrySchema>;

const journalSchema = z.object({
  schema: z.literal('dbctl.journal/2'),
  service: z.string(),
  run: z.string(),
  phase: z.enum(PHASES),
  startedAt: z.string(),
  steps: z.array(entrySchema),
  /** Recorded values that undo, rollback and finalize need: indexes, hashes, names, rights. Never a secret. */
  facts: z.record(z.string(), z.json()),
});

/** The life of one move, kept inside the locked Nomad Variable (at most 64 KiB). */
export type Journal = z.infer<typeof journalSchema>;

export function newJournal(service: string, run: string, at: Date): Journal {
  return {
    schema: 'dbctl.journal/2',
    service,
    run,
    phase: 'migrating',
    startedAt: at.toISOString(),
    steps: [],
    facts: {},
  };
}

/** Throws JOURNAL_INVALID: a damaged or newer journal stops the run, it never starts over. */
export function parseJournal(text: string, where: string): Journal {
  try {
    return journalSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new DbctlError('JOURNAL_INVALID', 'the journal cannot be read by this version of dbctl', {
      where,
      cause,
      next: `nomad var get ${where}`,
    });
  }
}

/** The entry of `id` replaced or appended; order of first start is kept. */
export function withEntry(journal: Journal, entry: JournalEntry): Journal {
  const known = journal.steps.some((step) => step.id === entry.id);
  const steps = known ? journal.steps.map((step) => (step.id === entry.id ? entry : step)) : [...journal.steps, entry];
  return { ...journal, steps };
}

export const entryOf = (journal: Journal, id: string): JournalEntry | undefined =>
  journal.steps.find((step) => step.id === id);

const undoneKey = (step: string): string => `undone.${step}`;

/** How often that step of this run was undone: what ran for it before then says nothing about it any more. */
export const undoneTimes = ({ facts }: Journal, step: string): number => Number(facts[undoneKey(step)] ?? 0);

export const withUndone = (journal: Journal, step: string): Journal => ({
  ...journal,
  facts: { ...journal.facts, [undoneKey(step)]: undoneTimes(journal, step) + 1 },
});

/** The service is served by a database of its own. */
export const hasOwnDatabase = (phase: Phase): boolean =>
  phase === 'migrated' || phase === 'finalized' || phase === 'provisioned' || phase === 'restoring';

/** A run somebody has to finish or undo before another may begin. */
export const isUnfinished = (phase: Phase): boolean =>
  phase === 'migrating' ||
  phase === 'undoing' ||
  phase === 'rolling-back' ||
  phase === 'finalizing' ||
  phase === 'provisioning' ||
  phase === 'unprovisioning' ||
  phase === 'restoring' ||
  phase === 'unrestoring';

/** Whose run it is that is unfinished; `migrate` for its own phases. */
const VERBS: Readonly<Partial<Record<Phase, string>>> = {
  'rolling-back': 'rollback',
  finalizing: 'finalize',
  provisioning: 'provision',
  unprovisioning: 'provision',
  restoring: 'restore',
  unrestoring: 'restore',
};

export const verbOf = (phase: Phase): string => VERBS[phase] ?? 'migrate';
