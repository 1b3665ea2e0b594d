import { expect } from 'vitest';
import type { LabWorld } from '../e2e/lab-world.js';

/** The journal as `nomad var get` shows it. */
export interface JournalText {
  readonly phase: string;
  readonly steps: readonly { readonly id: string; readonly state: string; readonly at: string }[];
  readonly facts: Readonly<Record<string, unknown>>;
}

const PATH = '/v1/var/dbctl/services/speedtest';

export async function journalText(world: LabWorld): Promise<JournalText> {
  const { Items } = await world.nomad<{ Items: { journal: string } }>(PATH);
  return JSON.parse(Items.journal) as JournalText;
}

/** As an operator's `nomad var put` does it. */
export async function putJournal(world: LabWorld, journal: JournalText): Promise<void> {
  const Path = PATH.replace('/v1/var/', '');
  await world.nomad(PATH, {
    method: 'PUT',
    body: JSON.stringify({ Path, Items: { journal: JSON.stringify(journal) } }),
  });
}

/** Phase, steps and every record. */
export const sameJournal = (now: JournalText, before: JournalText): void => expect(now).toEqual(before);
