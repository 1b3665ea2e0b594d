import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  addServiceToInit,
  type Hcl,
  loadHcl,
  PRESETS,
  presetById,
  presetForNewApp,
  removeServiceFromInit,
  renderAppJob,
  renderOwnJob,
} from '../../src/render/index.js';
import { expectGolden, golden } from './golden.js';
import { dockerPart, samplePart } from './sample-part.js';

const NEWS = {
  service: 'news',
  job: 'news',
  group: 'news',
  serviceName: 'news-postgres',
  databases: [{ name: 'news', encoding: 'UTF8', collate: 'C.UTF-8', ctype: 'C.UTF-8' }],
  role: 'news',
  extensions: ['vector'],
  vault: { path: 'secret/data/postgres/news', key: 'password' },
};
const WHERE = { namespace: 'default', datacenters: ['dc1'] };

describe('a jobspec from nothing', () => {
  it('holds the database alone, open to other hosts by password only', () => {
    const part = samplePart({ ...NEWS, job: 'news-postgres', group: 'postgres', placement: 'own-job' });
    const text = renderOwnJob(part, { ...WHERE, nodeId: undefined });
    expectGolden('own-job-news.nomad.hcl', text);
    expect(text).not.toContain('trust');
    expect(renderOwnJob(part, { ...WHERE, nodeId: undefined })).toBe(text);
  });

  it('holds app and database in one group, the password only as a lookup', () => {
    const app = { ...WHERE, image: 'miniflux/miniflux:2.2.6', driver: 'docker', task: 'news' } as const;
    const preset = presetById('miniflux');
    if (preset === undefined) throw new Error('no preset');
    expectGolden('app-job-news.nomad.hcl', renderAppJob(dockerPart(NEWS), { ...app, preset }));
  });

  const writable = PRESETS.filter((preset) => presetForNewApp(preset.app ?? preset.id) === preset);
  it.each(writable.map((preset) => [preset.id, preset] as const))('tells %s all its keys', (_, preset) => {
    const app = { ...WHERE, image: 'app:1', driver: 'docker', task: 'news' } as const;
    const text = renderAppJob(dockerPart(NEWS), { ...app, preset });
    for (const { key } of preset.keys) expect(text).toMatch(new RegExp(`^${key}=.+$`, 'm'));
    for (const { key, oneOf } of preset.required) expect(text).toContain(`${key}=${oneOf[0]}\n`);
  });

  it('refuses names that an environment file cannot hold as they are', () => {
    const preset = presetById('miniflux');
    if (preset === undefined) throw new Error('no preset');
    const app = { ...WHERE, preset, image: 'a:1', driver: 'docker', task: 'news' } as const;
    const odd = fc.string({ minLength: 1, maxLength: 20 }).filter((role) => !/^[A-Za-z_][A-Za-z0-9_-]*$/.test(role));
    fc.assert(
      fc.property(odd, (role) => {
        expect(() => renderAppJob(dockerPart({ ...NEWS, role }), app)).toThrow();
      }),
      { numRuns: 30 },
    );
  });
});

describe('an app that cannot be told by env alone', () => {
  it.each(['freshrss', 'nextcloud'])('is not written from nothing: %s', (app) => {
    expect(presetForNewApp(app)).toBeUndefined();
  });
});

describe('a service in the init script of the shared job', () => {
  let hcl: Hcl;
  beforeAll(async () => {
    hcl = await loadHcl();
  });
  const block = {
    service: 'news',
    databases: ['news'],
    role: 'news',
    vault: NEWS.vault,
    extensions: ['vector'],
  };

  it('comes after the others, once, with every other byte kept', () => {
    const before = golden('shared.before.nomad.hcl');
    const { text, added } = addServiceToInit(hcl, before, block);
    expect(added).toBe(true);
    const [head = '', tail = ''] = text.split(/\n-- news\n[\s\S]*?\\c postgres\n/);
    expect(head + tail).toBe(before);
    expect(addServiceToInit(hcl, text, block)).toEqual({ text, added: false });
  });

  it('goes again when it is finalized', () => {
    const before = golden('shared.before.nomad.hcl');
    const { text } = addServiceToInit(hcl, before, { ...block, extensions: [] });
    expect(removeServiceFromInit(hcl, text, block).text.replaceAll(/\n+/g, '\n')).toBe(before.replaceAll(/\n+/g, '\n'));
  });

  it('is refused where the file makes no databases, and under names it cannot be told by', () => {
    expect(() => addServiceToInit(hcl, 'job "x" {\n}\n', block)).toThrow('0 scripts');
    const before = golden('shared.before.nomad.hcl');
    expect(() => addServiceToInit(hcl, before, { ...block, role: "o'hara; drop" })).toThrow('plain names');
  });
});
