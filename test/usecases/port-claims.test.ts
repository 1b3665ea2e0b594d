import { describe, expect, it } from 'vitest';
import { newJournal, type Phase } from '../../src/pipeline/journal.js';
import { journalPath } from '../../src/pipeline/journal-store.js';
import { PORTS_FACT, portClaims } from '../../src/usecases/port-claims.js';
import { fakeNomad } from '../fakes/fake-nomad.js';

const use = { port: 5433, node: 'node-1', owner: 'job gitea (port db)' };

const claims = async (phase: Phase): Promise<unknown> => {
  const nomad = fakeNomad();
  const journal = { ...newJournal('gitea', 'run-1', new Date(0)), phase, facts: { [PORTS_FACT]: [use] } };
  nomad.variables.entries.set(journalPath('gitea'), {
    items: { journal: JSON.stringify(journal) },
    modifyIndex: 1,
    held: undefined,
  });
  return await portClaims(nomad.port, ['gitea', 'never-moved']);
};

describe('ports that a run has chosen', () => {
  it('are spoken for while the run is under way, also before Nomad knows the job', async () => {
    expect(await claims('migrating')).toEqual([use]);
    expect(await claims('provisioning')).toEqual([use]);
  });

  it('are free again once it was undone; a finished one holds its port in Nomad', async () => {
    expect(await claims('undone')).toEqual([]);
    expect(await claims('migrated')).toEqual([]);
  });
});
