import { expect } from 'vitest';
import { type AppContent, type LabService, SERVICES } from '../../lab/index.js';
import type { JobDriver } from '../../lab/job-driver.js';
import { SERVICE_FACTS } from '../../lab/services.js';
import { sharedServer } from './cluster-state.js';
import { expectNothingLost } from './expectations.js';
import { LabWorld } from './lab-world.js';

/** Every service of a lab with all apps: speedtest first, the one with two databases last. */
export const EVERY: readonly LabService[] = [
  'speedtest',
  ...SERVICES.filter((name) => name !== 'speedtest'),
  'prowlarr',
];

interface Before {
  readonly jobspec: string;
  readonly content: readonly AppContent[];
  readonly system: string | null;
}

/** A lab with an app for every service, and what each of them was before any move. */
export class EveryService {
  private constructor(
    readonly world: LabWorld,
    private readonly all: ReadonlyMap<LabService, Before>,
  ) {}

  static async up(name: string, driver: JobDriver['name']): Promise<EveryService> {
    const world = await LabWorld.up(name, { scale: 1, all: true, driver });
    const before = new Map<LabService, Before>();
    for (const service of EVERY) {
      const [jobspec, content] = await Promise.all([world.jobspecText(service), world.content(service)]);
      before.set(service, { jobspec, content, system: (await world.stats(service)).systemIdentifier });
    }
    return new EveryService(world, before);
  }

  before(service: LabService): Before {
    return this.all.get(service) ?? expect.fail(`${service} was not looked at`);
  }

  /** Names of the shared server's databases, tombstones included. */
  sharedDatabases(): Promise<string[]> {
    return sharedServer(this.world, async (client) =>
      (await client.query<{ datname: string }>('select datname from pg_database')).rows.map(({ datname }) => datname),
    );
  }

  /** On a server of its own, all writes and all old content there, the old databases only as tombstones. */
  async expectOnItsOwn(service: LabService): Promise<void> {
    const stats = await this.world.stats(service);
    expect(stats.systemIdentifier).not.toBe(this.before(service).system);
    await this.expectWhole(service);
    const { databases } = SERVICE_FACTS[service];
    expect(stats.databases?.map(({ database }) => database)).toEqual(databases);
    const names = await this.sharedDatabases();
    for (const database of databases) {
      expect(names).not.toContain(database);
      expect(
        names.filter((name) => name.startsWith(`${database}__old_`)),
        database,
      ).not.toEqual([]);
    }
  }

  /** All that it had and all that it wrote. */
  async expectWhole(service: LabService): Promise<void> {
    expect(await this.world.content(service)).toEqual(this.before(service).content);
    await expectNothingLost(this.world, service);
  }
}
