import { expect, it } from 'vitest';
import { type DraftService, draftText } from '../../src/inventory/draft.js';
import { parseInventory } from '../../src/inventory/parse.js';

const service = (name: string, more: Partial<DraftService> = {}): DraftService => ({
  ...{ name, job: name, app: null, jobspec: null, vaultPath: null, confidence: 'likely', evidence: ['seen'] },
  ...more,
});

const textOf = (services: readonly DraftService[]): string =>
  draftText({
    from: 'http://nomad:4646',
    vault: { mount: 'secret', prefix: 'postgres' },
    shared: { job: 'postgresql', task: 'postgres', service: 'postgresql', jobspec: null },
    why: ['2 jobs use it'],
    ...{ driver: 'docker', volumeKind: 'dynamic', services, unclaimed: [] },
  });

it('two services of one job are told apart, and names that no preset reads are stated', () => {
  const text = textOf([
    service('media-tv', { job: 'media', group: 'apps', tasks: ['sonarr'], databases: ['tv', 'tv "log"'], role: 'tv' }),
    service('media-idx', { job: 'media', group: 'apps', tasks: ['prowlarr'] }),
  ]);
  const found = parseInventory(text, 'dbctl.yaml').services;
  expect(
    found.map(({ name, job, group, tasks, databases, role }) => [name, job, group, tasks, databases, role]),
  ).toEqual([
    ['media-tv', 'media', 'apps', ['sonarr'], ['tv', 'tv "log"'], 'tv'],
    ['media-idx', 'media', 'apps', ['prowlarr'], [], null],
  ]);
});

it('what is unclear is a comment, whatever its evidence holds', () => {
  const text = textOf([service('odd', { confidence: 'unclear', evidence: ['line\n  broken: true', 'more\u2028'] })]);
  expect(parseInventory(text, 'dbctl.yaml').services).toEqual([]);
});
