import { describe, expect, it } from 'vitest';
import { DbctlError } from '../../src/errors/dbctl-error.js';
import { journalPath } from '../../src/pipeline/journal-store.js';
import { dueDrills, withBackups } from '../../src/usecases/due-drills.js';
import { backupWorld, catalog, set } from './backup-world.js';

const SHARED = 'dbctl-backup-postgresql';
const GITEA = 'alloc/shared/gitea/dbctl/backups/catalog.json';
const OF_GITEA = { service: 'postgresql/gitea' };

describe('all services that can be drilled', () => {
  it('are those that there is a backup of, wherever their database is; the others are named', async () => {
    const world = backupWorld();
    const { inventory } = world.deps;
    world.put('speedtest', catalog([set(27)]));
    const before = await withBackups(world.deps, inventory.services);
    expect(before.due.map(({ name }) => name)).toEqual(['speedtest']);
    expect(before.waiting).toMatchObject([{ service: 'gitea', next: null }]);
    world.put(SHARED, catalog([set(27, OF_GITEA)], OF_GITEA), GITEA);
    const { due, waiting } = await withBackups(world.deps, inventory.services);
    expect([due.map(({ name }) => name), waiting]).toEqual([['speedtest', 'gitea'], []]);
  });

  it('include one whose journal cannot be read: its drill says why', async () => {
    const world = backupWorld();
    const { nomad } = world.deps;
    const broken: typeof nomad.variable = (path) =>
      path === journalPath('gitea')
        ? Promise.reject(new DbctlError('NOMAD_UNAVAILABLE', 'Nomad does not answer'))
        : nomad.variable(path);
    const deps = { ...world.deps, nomad: { ...nomad, variable: broken } };
    const { due } = await withBackups(deps, deps.inventory.services);
    expect(due.map(({ name }) => name)).toEqual(['speedtest', 'gitea']);
  });
});

describe('whose turn it is', () => {
  it('is told by the history of its own catalog, on the shared instance too', async () => {
    const world = backupWorld();
    const services = world.deps.inventory.services.map((one) => ({
      ...one,
      drill: { ...one.drill, schedule: '0 4 * * *' },
    }));
    const drilled = (at: string) => ({ drills: [{ at, status: 'ok' }] });
    world.put('speedtest', catalog([set(27)], drilled('2026-11-27T05:00:00Z')));
    world.put(SHARED, catalog([set(27, OF_GITEA)], { ...OF_GITEA, ...drilled('2026-11-28T05:00:00Z') }), GITEA);
    const { due, waiting } = await dueDrills(world.deps, services);
    expect(due.map(({ name }) => name)).toEqual(['speedtest']);
    expect(waiting).toEqual([
      { service: 'gitea', why: 'drilled 2026-11-28T05:00:00Z', next: '2026-11-29T04:00:00.000Z' },
    ]);
  });
});
