import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { extrasNamed } from '../../lab/extras.js';
import { digestOf, namesWhatWasMade, pathOf } from '../../lab/forge/ledger.js';
import { writeHome } from '../../lab/home.js';
import { appPort, portsOfBlock } from '../../lab/ports.js';
import { ALL_SERVICES } from '../../lab/services.js';
import { longestPause } from '../e2e/forge-world.js';

let home = '';
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'dbctl-forge-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

describe('a lab with Gitea', () => {
  it('has its jobspec, its entry in the inventory and its block in the shared init', async () => {
    await writeHome(home, { number: 4, ports: portsOfBlock(12_000), extras: extrasNamed(['forge']) });
    const { services } = parse(await readFile(join(home, 'dbctl.yaml'), 'utf8')) as { services: unknown };
    expect(services).toMatchObject({ forge: { app: 'gitea', jobspec: 'jobs/src/forge.nomad.hcl' } });
    expect(await readFile(join(home, 'jobs/src/forge.nomad.hcl'), 'utf8')).not.toMatch(/(?<!\w)__[A-Z_]+__(?!\w)/);
    expect(await readFile(join(home, 'jobs/src/postgresql.nomad.hcl'), 'utf8')).toMatch(/^-- -+ forge$/m);
  });

  it('answers on a port that no other app of the lab has', () => {
    const ports = portsOfBlock(12_000);
    expect(ALL_SERVICES.map((service) => appPort(ports, service))).not.toContain(ports.forge);
    expect(ports.forge).toBeLessThan(ports.dedicated);
  });

  it.each(['gitea', 'constructor', ''])('is not to be had under the name %j', (name) => {
    expect(() => extrasNamed([name])).toThrow(/no such extra service/);
  });
});

describe('what Gitea acknowledged', () => {
  const answer = { id: 7, number: 3, title: 'a', body: 'b', created_at: 'c', updated_at: 'd', comments: 0 };

  it('is the same while only counters and times of change differ', () => {
    const later = { ...answer, updated_at: 'later', comments: 4 };
    expect(digestOf('issue', JSON.stringify(later))).toBe(digestOf('issue', JSON.stringify(answer)));
  });

  it.each(['id', 'number', 'title', 'body', 'created_at'])('is another when its %s differs', (field) => {
    const other = { ...answer, [field]: 'other' };
    expect(digestOf('issue', JSON.stringify(other))).not.toBe(digestOf('issue', JSON.stringify(answer)));
  });

  it.each([
    [201, '{"id":9}', true],
    [201, '{"id":0,"number":0}', false],
    [500, 'not JSON', false],
    [0, '', false],
  ])('is an answer %i with an id: %s is %s', (status, text, promised) => {
    expect(namesWhatWasMade(status, text)).toBe(promised);
  });

  it('is asked for where Gitea shows it', () => {
    expect(pathOf('issue', JSON.stringify(answer))).toBe('/repos/keeper/busy/issues/3');
    expect(pathOf('comment', '{"id":9}')).toBe('/repos/keeper/busy/issues/comments/9');
    expect(pathOf('label', '{"id":9}')).toBe('/repos/keeper/busy/labels/9');
  });
});

describe('the downtime by the ledger', () => {
  it('is the longest pause that a move ended, in seconds', () => {
    expect(longestPause([0, 60_000, 60_100, 63_000, 63_100], 60_050)).toBe(2.9);
    expect(longestPause([63_100, 60_000, 0], 50_000)).toBe(60);
    expect(longestPause([], 0)).toBe(0);
  });
});
