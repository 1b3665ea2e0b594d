import { truncate } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { volumeFolder } from '../data-volume.js';
import { pause } from '../expectations.js';
import { body, type Victim } from './victim.js';

export async function stopJob(victim: Victim): Promise<void> {
  victim.later(() => victim.register(victim.jobText));
  await victim.world.nomad('/v1/job/victim', { method: 'DELETE' });
  await victim.settled('victim', 0);
}

/** A second service of the inventory whose job names the victim's database. */
export async function twin(victim: Victim): Promise<void> {
  victim.later(() => victim.purge('twin'));
  await victim.register(
    victim.jobText.replaceAll('job "victim"', 'job "twin"').replace('DB_USERNAME = "victim"', 'DB_USERNAME = "twin"'),
  );
  await victim.inventory((text) => `${text}  twin: { app: db-parts }\n`);
}

/** A job with a task `postgres` that can be had more than once, which the real one with its volume cannot. */
export async function standIn(victim: Victim, count: number): Promise<void> {
  const text = victim.jobText.replaceAll('"victim"', '"standin"').replace('task "app"', 'task "postgres"');
  victim.later(() => victim.purge('standin'));
  await victim.register(text.replace('count = 1', `count = ${count}`), count);
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** A listener of this very process, unknown to Nomad. Returns its port. */
export function listen(victim: Victim): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
    victim.later(() => new Promise((closed) => server.close(closed)));
  });
}

export async function makeVolume(victim: Victim, name: string): Promise<void> {
  const { Volume } = await victim.world.nomad<{ Volume: { ID: string } }>('/v1/volume/host/create', {
    method: 'PUT',
    body: JSON.stringify({
      Volume: {
        Name: name,
        PluginID: 'mkdir',
        RequestedCapabilities: [{ AccessMode: 'single-node-single-writer', AttachmentMode: 'file-system' }],
      },
    }),
  });
  victim.later(() => fetch(`${victim.world.lab.nomadAddr}/v1/volume/host/${Volume.ID}/delete`, { method: 'DELETE' }));
  await pause(1500);
}

export async function ineligible(victim: Victim): Promise<void> {
  const [node] = await victim.world.nomad<{ ID: string }[]>('/v1/nodes');
  const set = (Eligibility: string): Promise<unknown> =>
    victim.world.nomad(`/v1/node/${node?.ID}/eligibility`, body({ Eligibility }));
  victim.later(() => set('eligible'));
  await set('ineligible');
}

/** A file of a terabyte that takes no room: PostgreSQL counts it to the size of the database. */
export async function bloat(victim: Victim): Promise<void> {
  const { rows } = await victim.sql("select oid from pg_database where datname = 'victim'");
  const file = join(await volumeFolder(victim.world, 'postgresql_data'), `pgdata/base/${rows[0]?.oid}/999999999`);
  await victim.write(file, '');
  await truncate(file, 1e12);
}
