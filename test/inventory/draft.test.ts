import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DraftService, draftText, type InventoryDraft } from '../../src/inventory/draft.js';
import { parseInventory } from '../../src/inventory/parse.js';

const entry = (name: string, more: Partial<DraftService> = {}): DraftService => ({
  name,
  job: name,
  app: 'db-parts',
  jobspec: `jobs/${name}.hcl`,
  vaultPath: null,
  confidence: 'certain',
  evidence: ['the running task says database x'],
  ...more,
});

const draft = (more: Partial<InventoryDraft> = {}): InventoryDraft => ({
  from: 'http://nomad.home:4646',
  vault: { mount: 'secret', prefix: 'postgres' },
  shared: { job: 'postgresql', task: 'postgres', service: 'postgresql', jobspec: 'jobs/postgresql.hcl' },
  why: ['2 jobs ask for it'],
  driver: 'exec',
  volumeKind: 'dynamic',
  services: [],
  unclaimed: [],
  ...more,
});

describe('the inventory that init writes', () => {
  it('is valid, says what every entry rests on, and keeps what is unclear out', () => {
    const text = draftText(
      draft({
        services: [
          entry('grafana', { job: 'grafana-oss', vaultPath: 'postgres/graf' }),
          entry('nextcloud', { confidence: 'unclear', evidence: ['TASK_NOT_FOUND: no task says'] }),
        ],
        unclaimed: ['uptimekuma'],
      }),
    );
    const inventory = parseInventory(text, 'dbctl.yaml');
    expect(inventory.services.map(({ name, job, vault }) => [name, job, vault.path])).toEqual([
      ['grafana', 'grafana-oss', 'postgres/graf'],
    ]);
    expect(text).toContain('  # certain: the running task says database x\n  grafana:');
    expect(text).toContain('  # unclear: TASK_NOT_FOUND: no task says\n  # nextcloud:');
    expect(text).toContain('# uptimekuma');
  });

  it('stays valid when nothing is clear', () => {
    expect(parseInventory(draftText(draft()), 'dbctl.yaml').services).toEqual([]);
  });

  it('lets no name of the cluster out of its comment', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (hostile) => {
        const text = draftText(
          draft({
            why: [hostile],
            unclaimed: [hostile],
            services: [entry('a', { evidence: [hostile] }), entry('b', { confidence: 'unclear', evidence: [hostile] })],
          }),
        );
        expect(parseInventory(text, 'dbctl.yaml').services.map(({ name }) => name)).toEqual(['a']);
      }),
      { numRuns: 50 },
    );
  }, 20_000);
});
