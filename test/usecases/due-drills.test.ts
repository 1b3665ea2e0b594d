import { describe, expect, it } from 'vitest';
import { DbctlError } from '../../src/errors/dbctl-error.js';
import { withDatabases } from '../../src/usecases/due-drills.js';
import { backupWorld } from './backup-world.js';

describe('all services that can be drilled', () => {
  it('are those with a database of their own; the others are named', async () => {
    const { deps } = backupWorld();
    const { due, waiting } = await withDatabases(deps, deps.inventory.services);
    expect(due.map(({ name }) => name)).toEqual(['speedtest']);
    expect(waiting.map(({ service, next }) => [service, next])).toEqual(
      deps.inventory.services.filter(({ name }) => name !== 'speedtest').map(({ name }) => [name, null]),
    );
  });

  it('include one whose journal cannot be read: its drill says why', async () => {
    const { deps } = backupWorld();
    const broken = () => Promise.reject(new DbctlError('NOMAD_UNAVAILABLE', 'Nomad does not answer'));
    const nomad = { ...deps.nomad, variable: broken };
    const { due, waiting } = await withDatabases({ nomad }, deps.inventory.services);
    expect([due.length, waiting.length]).toEqual([deps.inventory.services.length, 0]);
  });
});
