import { DbctlError } from '../src/errors/dbctl-error.js';
import type { Say } from './handle.js';
import { openApi } from './http.js';
import { ensurePrerequisites } from './prerequisites.js';
import { handleOf, readRecord } from './record.js';
import { isOnShared, kilobytesFor, seedDatabase } from './seed-databases.js';
import { type LabService, SERVICE_FACTS, servicesOf } from './services.js';
import { servicePassword } from './vault-server.js';

export interface LabSeedOptions {
  readonly name?: string;
  /** About the megabytes to add to speedtest; the other services in proportion. */
  readonly scale?: number;
  readonly say: Say;
}

/** Adds data to every service's database on the shared instance. Running it again adds more. Throws LAB_STATE. */
export async function labSeed({ name = 'default', scale = 5, say }: LabSeedOptions): Promise<void> {
  const record = await readRecord(name);
  const handle = record === undefined ? undefined : await handleOf(record);
  if (record?.ports === undefined || record.number === undefined || handle === undefined) {
    throw new DbctlError('LAB_STATE', 'there is no such lab', { value: name, next: 'dbctl lab up' });
  }
  const install = await ensurePrerequisites(say);
  const vault = openApi(handle.vaultAddr, handle.vaultToken);
  const server = { bin: install.bin, number: record.number, port: record.ports.postgres };
  say(`adding data: about ${scale} MB to speedtest, the others in proportion`);
  const seedOne = async (service: LabService): Promise<void> => {
    const login = { role: service, password: await servicePassword(vault, service) };
    const { databases, proportion } = SERVICE_FACTS[service];
    for (const database of databases) {
      const spec = { ...login, database, kilobytes: kilobytesFor(database, proportion, scale) };
      if (await isOnShared(server, spec)) await seedDatabase(server, spec);
      else say(`${database} is not served by the shared instance any more: left alone`);
    }
  };
  await Promise.all(servicesOf(record.all).map(seedOne));
}
