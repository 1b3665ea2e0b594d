import { readdir, readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { dockerSocket } from '../../lab/docker/dockerd.js';
import { expectNothingLost, expectOk, expectRefused, pause } from '../e2e/expectations.js';
import { LabWorld } from '../e2e/lab-world.js';
import { fault } from './fault.js';

let world: LabWorld;
let inventory: string;

// The first time on a machine this fetches two Debian suites: minutes.
beforeAll(async () => {
  world = await LabWorld.up('fault-image', { driver: 'docker', majors: [17, 18], scale: 1 });
  inventory = await readFile(join(world.lab.home, 'dbctl.yaml'), 'utf8');
}, 900_000);

afterAll(async () => {
  await world?.down();
});

const withImage = (image: string): Promise<void> =>
  writeFile(
    join(world.lab.home, 'dbctl.yaml'),
    inventory.replace('  speedtest: {', `  speedtest: { image: ${image}, major: 18,`),
  );

interface Container {
  readonly Id: string;
  readonly Names: readonly string[];
  readonly Mounts: readonly { readonly Type: string; readonly Source: string; readonly Destination: string }[];
}

/** Docker's own word on the containers of the dedicated server. */
function containers(): Promise<Container[]> {
  return new Promise((resolve, reject) => {
    const options = { socketPath: dockerSocket(world.lab.dir), path: '/containers/json' };
    request(options, (answer) => {
      let text = '';
      answer.on('data', (chunk: Buffer) => {
        text += chunk.toString('utf8');
      });
      answer.on('end', () => resolve(JSON.parse(text) as Container[]));
    })
      .once('error', reject)
      .end();
  });
}

async function dedicated(): Promise<Container> {
  const { AllocID } = await allocOf('speedtest');
  const found = (await containers()).find(({ Names }) => Names.includes(`/postgres-${AllocID}`));
  return found ?? expect.fail('the server has no container');
}

async function allocOf(job: string): Promise<{ AllocID: string }> {
  const allocs = await world.nomad<{ ID: string; ClientStatus: string }[]>(`/v1/job/${job}/allocations`);
  const running = allocs.find((alloc) => alloc.ClientStatus === 'running');
  return { AllocID: running?.ID ?? expect.fail(`no allocation of ${job}`) };
}

async function volumePath(): Promise<string> {
  const volumes = await world.nomad<{ ID: string; Name: string }[]>('/v1/volumes?type=host');
  const { ID = '' } = volumes.find(({ Name }) => Name === 'speedtest_postgres_data') ?? {};
  return (await world.nomad<{ HostPath: string }>(`/v1/volume/host/${ID}`)).HostPath;
}

fault(31, 'PostgreSQL 18, whose image declares its volume one folder higher; then a new container', async () => {
  await withImage('dbctl-lab/postgres:18-debian');
  expectOk(await world.move('migrate', '--no-rehearse'));
  const path = await volumePath();
  const first = await dedicated();
  expect(first.Mounts.filter(({ Destination }) => Destination.startsWith('/var/lib/postgresql'))).toMatchObject([
    { Type: 'bind', Source: path, Destination: '/var/lib/postgresql' },
  ]);
  expect(first.Mounts.filter(({ Type }) => Type === 'volume')).toEqual([]);
  expect(await readFile(join(path, 'pgdata', 'PG_VERSION'), 'utf8')).toBe('18\n');
  const { AllocID } = await allocOf('speedtest');
  await world.nomad(`/v1/allocation/${AllocID}/stop`, { method: 'PUT' });
  while ((await allocOf('speedtest').catch(() => ({ AllocID }))).AllocID === AllocID) await pause(200);
  await expectNothingLost(world);
  expect((await dedicated()).Id).not.toBe(first.Id);
  return 'the named volume is where 18 keeps its data, no anonymous one is made; a new container has every row';
});

fault(23, 'another C library under the same volume', async () => {
  const path = await volumePath();
  const mark = join(path, '.dbctl.libc');
  expect(await readFile(mark, 'utf8')).toBe('glibc\n');
  // No image with musl can be had here: the volume is told to be of one instead.
  await writeFile(mark, 'musl\n');
  const { AllocID } = await allocOf('speedtest');
  await world.nomad(`/v1/allocation/${AllocID}/stop`, { method: 'PUT' });
  const said = async (): Promise<string> => {
    for (const dir of await readdir(join(world.lab.dir, 'nomad', 'alloc')).catch(() => [])) {
      const logs = join(world.lab.dir, 'nomad', 'alloc', dir, 'alloc', 'logs');
      for (const name of (await readdir(logs).catch(() => [])).filter((file) => file.startsWith('postgres.stderr'))) {
        const text = await readFile(join(logs, name), 'utf8');
        if (text.includes('were built under musl')) return text;
      }
    }
    return '';
  };
  let text = '';
  for (let left = 300; left > 0 && text === ''; left--) {
    await pause(200);
    text = await said();
  }
  expect(text).toContain('refused: the indexes on this volume were built under musl, this image has glibc');
  await writeFile(mark, 'glibc\n');
  await expectNothingLost(world);
  expectOk(await world.move('rollback'));
  await expectNothingLost(world);
  return 'the server refuses to start on it, the app is held back; no row is touched';
});

fault(25, 'the tag of an image says another major than the inventory', async () => {
  await withImage('dbctl-lab/postgres:17-debian');
  const refused = await world.move('migrate', '--no-rehearse');
  expectRefused(refused, 3, 'PREFLIGHT_FAILED');
  expect(refused.json.error?.details.join('\n')).toContain('IMAGE_MAJOR_CONFLICT');
  await expectNothingLost(world);
  return 'exit 3, IMAGE_MAJOR_CONFLICT, before anything is done';
});
